"""Writes the roster to SQL, in short transactions: a running gateway can write in between."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from core.database.database import Database
from core.database.statements import Connection, Statement
from core.database.unavailable import UnavailableError
from core.roster.lookup import begin_import, end_import
from core.roster.row import COLUMNS, Entry

T = TypeVar("T")

ROWS_MAX = 4_000  # entries in one transaction
TRIES_MAX = 3  # attempts at one transaction

_STAGE = Statement(
    "CREATE TEMPORARY TABLE IF NOT EXISTS staged ({columns})",
    columns=", ".join(f"{name} TEXT" for name in COLUMNS),
)
_CLEAR = Statement("DELETE FROM staged")
# Without `WHERE true`, SQLite takes ON CONFLICT for a join's ON.
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
# All campaigns: only the difference matters, and an index on the NIK serves it.
_COUNT = Statement("""
    SELECT count(*)
    FROM roster
    WHERE nik BETWEEN :first AND :last
""")


class Counts(NamedTuple):
    """How many entries an import added and changed; the others were there already."""

    added: int
    changed: int


class Importer:
    """Writes the entries of one campaign; each call is a transaction.

    Raises `UnavailableError` after `TRIES_MAX` attempts.
    """

    def __init__(self, database: Database, campaign: str) -> None:
        self._database, self._campaign = database, campaign

    async def put(self, entries: Sequence[Entry]) -> Counts:
        """Add entries, or change those that differ: at most `ROWS_MAX`, sorted by unique NIKs."""
        return await self._write(partial(_put, campaign=self._campaign, entries=entries))

    async def begin(self, *, now: datetime) -> None:
        """Mark the import as begun; that lasts through a crash, until `end`."""
        await self._write(partial(begin_import, campaign=self._campaign, now=now))

    async def end(self, *, now: datetime, checks: bool) -> None:
        """Mark the import as complete; with `checks`, request rechecks of all open records."""
        await self._write(partial(end_import, campaign=self._campaign, now=now, checks=checks))

    async def _write(self, operation: Callable[[Connection], T]) -> T:
        """Retry an idempotent operation until it is certain."""
        for _ in range(TRIES_MAX - 1):
            try:
                return await self._database.write(operation)
            except UnavailableError:
                continue  # a gateway may hold the lock
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
