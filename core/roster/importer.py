"""The roster written to SQL: in short transactions, so that a gateway beside us can write too."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple, TypeVar

from core.database.drivers import Driver, driver_for
from core.database.links import FaultyStatementError
from core.database.statements import Connection, Statement
from core.database.unavailable import UnavailableError
from core.roster.lookup import begin_reading, end_reading
from core.roster.row import COLUMNS, Entry

T = TypeVar("T")

ROWS_MAX = 4_000  # entries in one transaction
TRIES_MAX = 5  # of one transaction; each waits as long as the driver does

_CREATE = f"CREATE TEMPORARY TABLE staged ({', '.join(f'{name} TEXT' for name in COLUMNS)})"
_COPY = "COPY staged FROM STDIN"
_ADD = f"INSERT INTO staged VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608 our own names
_CLEAR = Statement("""
    DELETE FROM staged
""")
# `WHERE true`, or SQLite reads ON CONFLICT as a join's.
_PUT = Statement("""
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code, phone, demo)
    SELECT CAST(:campaign AS TEXT), nik, full_name, profession, facility_code, phone, 0
    FROM staged
    WHERE true
    ON CONFLICT (nik, campaign) DO UPDATE
    SET full_name = excluded.full_name,
        profession = excluded.profession,
        facility_code = excluded.facility_code,
        phone = excluded.phone,
        demo = 0
    WHERE roster.full_name IS DISTINCT FROM excluded.full_name
        OR roster.profession IS DISTINCT FROM excluded.profession
        OR roster.facility_code IS DISTINCT FROM excluded.facility_code
        OR roster.phone IS DISTINCT FROM excluded.phone
        OR roster.demo <> 0
""")
# Of any campaign: only the difference is wanted, and an index of NIKs finds it.
_COUNT = Statement("""
    SELECT count(*)
    FROM roster
    WHERE nik BETWEEN :first AND :last
""")


class Counts(NamedTuple):
    """What became of entries; the others were there already, the same."""

    added: int
    changed: int


class RosterWriter:
    """Writes entries; each call is a transaction, or a few short ones."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._raw: Any = None

    def put(self, campaign: str, entries: Sequence[Entry]) -> Counts:
        """Keep at most `ROWS_MAX` entries, each with another NIK, in the order of their NIKs.

        What is there already is changed where it differs. Doing it again does no harm.
        """
        return self._carry_out(partial(self._put, campaign, entries))

    def begin(self, campaign: str, *, now: datetime) -> None:
        """Say that entries are coming; it is needed once, and holds through a crash."""
        self._note(partial(begin_reading, campaign=campaign, now=now))

    def end(self, campaign: str, *, now: datetime, checks: bool) -> None:
        """Say that these were all; with `checks`, everybody is asked about again."""
        self._note(partial(end_reading, campaign=campaign, now=now, checks=checks))

    def _note(self, operation: Callable[[Connection], None]) -> None:
        self._carry_out(partial(self._transact, operation))

    def close(self) -> None:
        """Disconnect; what was not committed is gone."""
        if self._raw is not None:
            with suppress(self._driver.errors):
                self._raw.close()
        self._raw = None

    def _carry_out(self, work: Callable[[], T]) -> T:
        """Try until it is done; a gateway that writes beside us may be in the way."""
        for _ in range(TRIES_MAX):
            try:
                return work()
            except self._driver.transient:
                self.close()
            except self._driver.errors as error:  # its words may quote a row
                raise FaultyStatementError(type(error).__name__) from None
        raise UnavailableError("the database did not answer")

    def _put(self, campaign: str, entries: Sequence[Entry]) -> Counts:
        self._fill(entries)
        first, last = entries[0].nik, entries[-1].nik
        return self._transact(partial(_put, campaign=campaign, first=first, last=last))

    def _fill(self, entries: Sequence[Entry]) -> None:
        """Put them where only we see them: nobody waits for that."""
        cursor = self._open()
        cursor.execute("BEGIN")
        Connection(cursor, self._driver.dialect).run(_CLEAR)
        if self._driver.dialect == "sqlite":
            cursor.executemany(_ADD, entries)
        else:
            with cursor.copy(_COPY) as copy:
                for entry in entries:
                    copy.write_row(entry)
        cursor.execute("COMMIT")

    def _transact(self, operation: Callable[[Connection], T]) -> T:
        cursor = self._open()
        cursor.execute(self._driver.writing.begin)
        result = operation(Connection(cursor, self._driver.dialect))
        cursor.execute("COMMIT")
        return result

    def _open(self) -> Any:
        if self._raw is None:
            self._raw = self._driver.connect()
            cursor = self._raw.cursor()
            cursor.execute(self._driver.writing.setup)
            cursor.execute(_CREATE)
        return self._raw.cursor()


@contextmanager
def open_writer(url: str) -> Iterator[RosterWriter]:
    """Open a writer on the database, which is migrated."""
    with closing(RosterWriter(driver_for(url))) as writer:
        yield writer


def _put(connection: Connection, *, campaign: str, first: str, last: str) -> Counts:
    between = {"first": first, "last": last}
    ((before,),) = connection.all(_COUNT, **between)
    touched = connection.run(_PUT, campaign=campaign)
    ((after,),) = connection.all(_COUNT, **between)
    return Counts(after - before, touched - (after - before))
