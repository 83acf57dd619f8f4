"""The roster written to SQL: in short transactions, so that a gateway beside us can write too."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from core.database.database import Database
from core.database.statements import Connection, Statement
from core.database.unavailable import UnavailableError
from core.roster.lookup import begin_reading, end_reading
from core.roster.row import COLUMNS, Entry

T = TypeVar("T")

ROWS_MAX = 4_000  # entries in one transaction
TRIES_MAX = 3  # of one transaction; each waits as long as the database does

_STAGE = Statement(
    "CREATE TEMPORARY TABLE IF NOT EXISTS staged ({columns})",
    columns=", ".join(f"{name} TEXT" for name in COLUMNS),
)
_CLEAR = Statement("DELETE FROM staged")
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


class Importer:
    """Writes the entries of one campaign; each call is a transaction.

    Raises `UnavailableError` where the database stays away.
    """

    def __init__(self, database: Database, campaign: str) -> None:
        self._database, self._campaign = database, campaign

    async def put(self, entries: Sequence[Entry]) -> Counts:
        """Keep at most `ROWS_MAX` entries, each with another NIK, in the order of their NIKs.

        What is there already is changed where it differs.
        """
        return await self._write(partial(_put, campaign=self._campaign, entries=entries))

    async def begin(self, *, now: datetime) -> None:
        """Say that entries are coming; it is needed once, and holds through a crash."""
        await self._write(partial(begin_reading, campaign=self._campaign, now=now))

    async def end(self, *, now: datetime, checks: bool) -> None:
        """Say that these were all; with `checks`, everybody is asked about again."""
        await self._write(partial(end_reading, campaign=self._campaign, now=now, checks=checks))

    async def _write(self, operation: Callable[[Connection], T]) -> T:
        """Try until it is certain; what is done twice does no harm."""
        for _ in range(TRIES_MAX - 1):
            try:
                return await self._database.write(operation)
            except UnavailableError:
                continue  # a gateway that writes beside us may have been in the way
        return await self._database.write(operation)


def _put(connection: Connection, *, campaign: str, entries: Sequence[Entry]) -> Counts:
    connection.run(_STAGE)
    connection.run(_CLEAR)
    connection.fill("staged", entries)
    between = {"first": entries[0].nik, "last": entries[-1].nik}
    ((before,),) = connection.all(_COUNT, **between)
    touched = connection.run(_PUT, campaign=campaign)
    ((after,),) = connection.all(_COUNT, **between)
    return Counts(after - before, touched - (after - before))
