"""SQL written once with SQLAlchemy, compiled once a dialect, and run on the bare driver.

SQLAlchemy's own execution costs more than SQLite takes to do the work, so the hot path leaves it
out. The price: values are plain text and whole numbers, the same for both drivers. Times are
ISO 8601 in UTC of one fixed width (text order is time order), dates are ISO, JSON is text.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol, cast

from sqlalchemy import BindParameter, ClauseElement, bindparam
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect

Plain = str | int | float | None
Row = tuple[Any, ...]

_STYLES = {"postgresql": "pyformat", "sqlite": "named"}


@cache
def _dialect(name: str) -> Dialect:
    dialects: dict[str, type[Any]] = {
        "postgresql": PGDialect_psycopg,
        "sqlite": SQLiteDialect_pysqlite,
    }
    return cast("Dialect", dialects[name](paramstyle=_STYLES[name]))


class Cursor(Protocol):
    """As much of a driver's cursor as we use."""

    @property
    def rowcount(self) -> int: ...  # noqa: D102 (DB-API)
    def execute(self, sql: str, values: Mapping[str, Plain], /) -> object: ...  # noqa: D102
    def executemany(self, sql: str, rows: Sequence[Mapping[str, Plain]], /) -> object: ...  # noqa: D102
    def fetchall(self) -> Sequence[Row]: ...  # noqa: D102
    def __iter__(self) -> Iterator[Row]: ...


def given(name: str) -> BindParameter[Any]:
    """Return the place in a statement of a value that comes when it is run."""
    return bindparam(name, required=False)


class Statement:
    """One statement and its text in each dialect. What varies is named by `given`."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._texts: dict[str, tuple[str, dict[str, Plain]]] = {}

    def text(self, dialect: str) -> tuple[str, dict[str, Plain]]:
        """Return the SQL, and the values of the constants that stand in the statement."""
        known = self._texts.get(dialect)
        if known is None:
            options = {"render_postcompile": True}
            compiled = self._clause.compile(dialect=_dialect(dialect), compile_kwargs=options)
            constants = {
                name: value for name, value in compiled.params.items() if value is not None
            }
            known = self._texts[dialect] = str(compiled), constants
        return known


class Connection:
    """What an operation runs its statements on; the transaction is not its business."""

    def __init__(self, cursor: Cursor, dialect: str) -> None:
        self._cursor = cursor
        self.dialect = dialect  # as SQLAlchemy names it

    def run(self, statement: Statement, /, **values: Plain) -> int:
        """Run it; return how many rows it touched."""
        self._execute(statement, values)
        return self._cursor.rowcount

    def run_many(self, statement: Statement, rows: Sequence[Mapping[str, Plain]]) -> None:
        """Run it with each of the rows, on a network in few round trips."""
        sql, constants = statement.text(self.dialect)
        self._cursor.executemany(sql, [{**constants, **row} for row in rows])

    def all(self, statement: Statement, /, **values: Plain) -> Sequence[Row]:
        """Return all rows."""
        self._execute(statement, values)
        return self._cursor.fetchall()

    def one(self, statement: Statement, /, **values: Plain) -> Row | None:
        """Return the first row, if any."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def _execute(self, statement: Statement, values: dict[str, Plain]) -> None:
        sql, constants = statement.text(self.dialect)
        self._cursor.execute(sql, {**constants, **values} if constants else values)


def stamp(at: datetime) -> str:
    """Return a moment as it is kept."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
