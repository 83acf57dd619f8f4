"""SQL as SQL: PostgreSQL's dialect with `:name` parameters, translated once for each driver.

Four rules rewrite it for SQLite. Values are text, numbers and bytes, the same for both: times
are ISO 8601 in UTC of one fixed width (text order is time order), dates are ISO, JSON is text.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from operator import itemgetter
from typing import Any, Final, NamedTuple

from core.database.personal import Personal, personal

Plain = str | int | float | bytes | None
Row = tuple[Any, ...]
Values = Mapping[str, Plain]
Bound = Values | Sequence[Plain]  # as a driver takes them: by name, or in order

MOMENTS_MAX = 256  # cached: an operation writes the time of its message into many columns
KEYS_MAX: Final = 50  # in one statement of `Connection.all_among`

_PARAMETER = re.compile(r"(?<![:\w]):([a-z][a-z0-9_]*)")
_SQLITE_RULES: Final = (
    (re.compile(r"\bFOR (?:NO KEY )?UPDATE\b[^)]*"), ""),  # no row locks: one writer at a time
    (re.compile(r"\bIS DISTINCT FROM\b"), "IS NOT"),  # SQLite before 3.39
    (re.compile(r"\bstring_agg\("), "group_concat("),
    (re.compile(r"\bILIKE\b"), "LIKE"),  # of ASCII letters it looks at no case
)


class Text(NamedTuple):
    """A statement for one driver: its SQL, and a function that binds named values to it."""

    sql: str
    bind: Callable[[Values], Bound]


class Statement:
    """A statement, and its text for each driver."""

    def __init__(self, sql: str, **pieces: str) -> None:
        """`pieces` replace `{name}` in the SQL; never pass anything from outside."""
        self.sql = sql.format_map(pieces) if pieces else sql
        self._texts: dict[str, Text] = {}

    @cached_property
    def personal(self) -> Sequence[tuple[str, Personal]]:
        """Its personal parameters, and how each is kept."""
        names = dict.fromkeys(_PARAMETER.findall(self.sql))
        return [(name, kind) for name in names if (kind := personal(name))]

    def text(self, dialect: str) -> Text:
        """Return the text for the driver of that dialect."""
        known = self._texts.get(dialect)
        if known is None:
            known = self._texts[dialect] = _TEXTS[dialect](self.sql)
        return known


class Connection:
    """Runs an operation's statements in a transaction that its caller begins and ends."""

    def __init__(self, cursor: Any, dialect: str) -> None:
        self._cursor = cursor  # a driver's, of DB-API
        self.dialect = dialect  # "sqlite" or "postgresql"

    def run(self, statement: Statement, /, **values: Plain) -> int:
        """Run it; return the number of rows that it touched."""
        self._execute(statement, values)
        count: int = self._cursor.rowcount
        return count

    def run_many(self, statement: Statement, rows: Sequence[Values]) -> None:
        """Run it once for each row of values; on PostgreSQL in few round trips."""
        text = statement.text(self.dialect)
        self._cursor.executemany(text.sql, [text.bind(row) for row in rows])

    def fill(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Insert rows of these columns; neither `table` nor `columns` is ever from outside."""
        listed = column_list(columns)
        if self.dialect == "postgresql":
            with self._cursor.copy(f"COPY {table} ({listed}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        elif rows:
            places = ", ".join("?" * len(columns))
            into = f"INSERT INTO {table} ({listed}) VALUES ({places})"  # noqa: S608
            self._cursor.executemany(into, rows)

    def all(self, statement: Statement, /, **values: Plain) -> Sequence[Row]:
        """Run it; return all rows."""
        self._execute(statement, values)
        rows: Sequence[Row] = self._cursor.fetchall()
        return rows

    def all_among(self, statement: Statement, keys: Iterable[str | int]) -> list[Row]:
        """Run a statement with `IN ({KEYS})`, for `KEYS_MAX` keys at a time; return all rows.

        Its order holds among the rows of these keys only.
        """
        wanted, rows = tuple(dict.fromkeys(keys)), list[Row]()
        for first in range(0, len(wanted), KEYS_MAX):
            chunk = wanted[first : first + KEYS_MAX]
            spare = chunk[-1:] * (KEYS_MAX - len(chunk))
            rows += self.all(statement, **dict(zip(_KEY_NAMES, chunk + spare, strict=True)))
        return rows

    def one(self, statement: Statement, /, **values: Plain) -> Row | None:
        """Run it; return the first row, or None."""
        rows = self.all(statement, **values)
        return rows[0] if rows else None

    def under(self, _ref: str, /) -> "Connection":
        """Return this connection, where sealed to seal under the data key `ref` ("": as here)."""
        return self

    def of_record(self, _record_id: int, /) -> "Connection":
        """Return this connection, where sealed to seal under the data key of that record."""
        return self

    def draw_key(self) -> str:
        """Return the ref of a new data key, for the column `data_key` of a record; "" unsealed."""
        return ""

    def shred(self, _ref: str, /) -> None:
        """Delete the data key: nobody can open again what is sealed under it."""

    def _execute(self, statement: Statement, values: Values) -> None:
        text = statement.text(self.dialect)
        self._cursor.execute(text.sql, text.bind(values))


def column_list(names: Iterable[str], *, of: str = "") -> str:
    """Return a list of columns, such as `a, b`, or `t.a, t.b` of the table or alias `t`."""
    return ", ".join(f"{of}.{name}" if of else name for name in names)


def parameter_list(names: Iterable[str]) -> str:
    """Return a list of parameters, such as `:a, :b`, for VALUES or IN."""
    return ", ".join(f":{name}" for name in names)


_KEY_NAMES: Final = tuple(f"key_{place}" for place in range(KEYS_MAX))
KEYS: Final = parameter_list(_KEY_NAMES)


@lru_cache(maxsize=MOMENTS_MAX)
def iso_utc(at: datetime) -> str:
    """Return a moment as it is stored: `2021-01-15T08:00:00.000000+00:00`."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _sqlite(sql: str) -> Text:
    """Use `?`: an INSERT of 13 values takes 0.8 of the CPU that it takes by names."""
    for pattern, replacement in _SQLITE_RULES:
        sql = pattern.sub(replacement, sql)
    names = _PARAMETER.findall(sql)
    return Text(_PARAMETER.sub("?", sql), _in_order(names))


def _in_order(names: Sequence[str]) -> Callable[[Values], Bound]:
    if not names:
        return lambda _: ()
    if len(names) == 1:
        (name,) = names
        return lambda values: (values[name],)
    return itemgetter(*names)


def _postgresql(sql: str) -> Text:
    sql = sql.replace("%", "%%")
    return Text(_PARAMETER.sub(r"%(\1)s", sql), lambda values: values)


_TEXTS: Final = {"sqlite": _sqlite, "postgresql": _postgresql}
