"""Sealing a database that was plain: every row, in batches, while no gateway serves.

A row is sealed whole, so what is interrupted goes on where it was: a row with a mark is done.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from functools import partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Table

from core.database.data_keys import COMMON, SEALING, add_key, find_key, remove_key
from core.database.drivers import driver_for
from core.database.key_wrapper import KeyWrapper
from core.database.keyring import MARK, is_sealed
from core.database.personal import COLUMNS
from core.database.sealed import SealedConnection
from core.database.statements import Connection, Plain, Statement, column_list
from core.database.tables import metadata
from core.database.unlocking import add_common, unlock

ROWS_MAX: Final = 500  # of one transaction

Step = Callable[[str, int], object]  # called with the table and the rows that were looked at


def seal_all(url: str, wrapper: KeyWrapper, step: Step) -> bool:
    """Seal all rows; return False if the database was sealed before. Blocks.

    Until it is done no gateway starts there. Raises `LockedError` for a database of another key.
    """
    driver = driver_for(url)
    with closing(driver.connect()) as raw:
        cursor = raw.cursor()
        plain = Connection(cursor, driver.dialect)

        def write(work: Callable[[], object]) -> None:
            with driver.writing.lock():
                cursor.execute(driver.writing.begin)
                work()
                cursor.execute("COMMIT")

        if find_key(plain, COMMON) is not None and find_key(plain, SEALING) is None:
            return False
        write(lambda: _begin(plain, wrapper))
        common = find_key(plain, COMMON)
        assert common is not None, "it was added"
        keyring = unlock(common, wrapper)
        sealing = SealedConnection(cursor, driver.dialect, keyring=keyring)
        for table in _tables():
            _Sealing(table).run(plain, sealing, write, step)
        write(lambda: remove_key(plain, SEALING))
    return True


def _begin(plain: Connection, wrapper: KeyWrapper) -> None:
    add_common(plain, wrapper)
    add_key(plain, SEALING, b"1")


def _tables() -> Sequence[Table]:
    """Return the tables with something personal, records first: others use their data keys."""
    found = [metadata.tables[name] for name in COLUMNS]
    return sorted(found, key=lambda table: table.name != "records")


class _Statements(NamedTuple):
    """Those that seal one table: all its rows, a page of them, where the page ends, one row."""

    all: Statement
    some: Statement
    until: Statement
    update: Statement


def _parameters(table: Table) -> Iterator[tuple[str, str]]:
    """Yield each personal column and a parameter whose name says how it is kept."""
    for place, (column, parameter) in enumerate(COLUMNS[table.name].items()):
        yield column, f"{parameter}_{place}"


def _statements(table: Table) -> _Statements:
    keys = [column.name for column in table.primary_key]
    of_record = ["record_id"] if "record_id" in table.columns else []
    read = column_list([*keys, *of_record, *COLUMNS[table.name]])
    where = f"WHERE {keys[0]} > :after AND {keys[0]} <= :until"
    pieces = {"table": table.name, "read": read, "key": keys[0], "where": where}
    sets = [f"{column} = :{name}" for column, name in _parameters(table)]
    if table.name == "records":
        sets.append("data_key = :data_key")
    at = [f"{key} = :at_{place}" for place, key in enumerate(keys)]
    return _Statements(
        all=Statement("SELECT {read} FROM {table}", **pieces),
        some=Statement("SELECT {read} FROM {table} {where}", **pieces),
        until=Statement(
            """
            SELECT MAX({key})
            FROM (SELECT {key} FROM {table} WHERE {key} > :after ORDER BY {key} LIMIT :most) batch
            """,
            **pieces,
        ),
        update=Statement(
            "UPDATE {table} SET {sets} WHERE {at}",
            table=table.name,
            sets=", ".join(sets),
            at=" AND ".join(at),
        ),
    )


_OF_TABLE: Final = {table.name: _statements(table) for table in _tables()}


class _Sealing:
    """Seals one table."""

    def __init__(self, table: Table) -> None:
        self._name = table.name
        self._columns = dict(COLUMNS[table.name])
        self._keys = [column.name for column in table.primary_key]
        first = table.primary_key.columns[self._keys[0]]
        self._numbered = first.type.python_type is int
        self._has_record = "record_id" in table.columns
        self._parameters = list(_parameters(table))
        self._statements = _OF_TABLE[table.name]

    def run(
        self,
        plain: Connection,
        sealing: SealedConnection,
        write: Callable[[Callable[[], object]], None],
        step: Step,
    ) -> None:
        """Seal all rows of the table."""
        for rows in self._batches(plain):
            write(partial(self._seal_all, sealing, rows))
            step(self._name, len(rows))

    def _batches(self, plain: Connection) -> Iterator[Sequence[tuple[Any, ...]]]:
        if not self._numbered:
            rows = plain.all(self._statements.all)
            yield from (rows[at : at + ROWS_MAX] for at in range(0, len(rows), ROWS_MAX))
            return
        after = -1
        while (
            until := plain.all(self._statements.until, after=after, most=ROWS_MAX)[0][0]
        ) is not None:
            yield plain.all(self._statements.some, after=after, until=until)
            after = until

    def _seal_all(self, sealing: SealedConnection, rows: Sequence[tuple[Any, ...]]) -> None:
        for row in rows:
            self._seal(sealing, row)

    def _seal(self, sealing: SealedConnection, row: tuple[Any, ...]) -> None:
        start = len(self._keys) + self._has_record
        held = row[start:]
        if any(_is_done(value) for value in held):
            return
        names = [name for _, name in self._parameters]
        values: dict[str, Plain] = dict(zip(names, held, strict=True))
        values |= {f"at_{place}": value for place, value in enumerate(row[: len(self._keys)])}
        if self._has_record:
            values["record_id"] = row[len(self._keys)]
        if self._name == "records":
            ref = sealing.draw_key()
            sealing.under(ref).run(self._statements.update, **values, data_key=ref)
        else:
            sealing.run(self._statements.update, **values)


def _is_done(value: Plain) -> bool:
    """Return True for what is sealed, and for a key of ours with a token in it."""
    return is_sealed(value) or (isinstance(value, str) and MARK in value)
