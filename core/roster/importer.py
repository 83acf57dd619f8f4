"""Writes the roster to SQL, in short transactions: a running gateway can write in between."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from core.database.database import Database
from core.database.statements import Connection, Statement, column_list
from core.database.unavailable import UnavailableError
from core.roster.lookup import begin_import, end_import, invitation_key
from core.roster.row import COLUMNS, ROWS_MAX, Entry

T = TypeVar("T")

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
""")
_KNOWN = Statement(
    """
    SELECT roster.demo, {columns}
    FROM staged
    JOIN roster ON roster.campaign = :campaign AND roster.nik = staged.nik
    """,
    columns=column_list(COLUMNS, of="roster"),
)
_LISTED = Statement("SELECT count(*) FROM roster WHERE campaign = :campaign AND demo = 0")
_PAGE = Statement("""
    SELECT id, nik
    FROM roster
    WHERE campaign = :campaign AND demo = 0 AND id > :after
    ORDER BY id
    LIMIT :limit
""")
_UNINVITE = Statement("""
    UPDATE outbox
    SET status = 'withdrawn'
    WHERE status = 'queued' AND key = :key
""")
_REMOVE = Statement("DELETE FROM roster WHERE id = :row_id")


class Counts(NamedTuple):
    """How many entries an import added and changed; the others were there already."""

    added: int
    changed: int


class Known(NamedTuple):
    """How many entries are listed already, and how many of those would change."""

    listed: int
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

    async def compare(self, entries: Sequence[Entry]) -> Known:
        """Return what `put` would find of the same entries; change nothing."""
        return await self._write(partial(_compare, campaign=self._campaign, entries=entries))

    async def count(self) -> int:
        """Return how many the roster lists."""
        return await self._database.read(partial(_count, campaign=self._campaign))

    async def remove(self, niks: Sequence[int]) -> int:
        """Take off the roster whoever is listed, but whose NIK is not among these, sorted ones.

        Their invitations are withdrawn. Returns how many; reads `ROWS_MAX` in one transaction.
        """
        gone, after, read = 0, 0, ROWS_MAX
        while read == ROWS_MAX:
            some = partial(_remove, campaign=self._campaign, niks=niks, after=after)
            read, removed, after = await self._write(some)
            gone += removed
        return gone

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


def _stage(connection: Connection, entries: Sequence[Entry]) -> None:
    connection.run(_STAGE)
    connection.run(_CLEAR)
    connection.fill("staged", COLUMNS, entries)


def _known(
    connection: Connection, campaign: str, entries: Sequence[Entry]
) -> dict[str, tuple[bool, Entry]]:
    """Return what is listed under the NIKs of the entries, and whether it is a demo row."""
    _stage(connection, entries)
    rows = connection.all(_KNOWN, campaign=campaign)
    return {row[1]: (bool(row[0]), Entry(*row[1:])) for row in rows}


def _compare(connection: Connection, *, campaign: str, entries: Sequence[Entry]) -> Known:
    known = _known(connection, campaign, entries)
    listed = {nik: entry for nik, (demo, entry) in known.items() if not demo}
    return Known(len(listed), sum(one != listed.get(one.nik, one) for one in entries))


def _count(connection: Connection, *, campaign: str) -> int:
    ((listed,),) = connection.all(_LISTED, campaign=campaign)
    return int(listed)


def _remove(
    connection: Connection, *, campaign: str, niks: Sequence[int], after: int
) -> tuple[int, int, int]:
    """Return how many were read, how many of them removed, and the last id."""
    rows = connection.all(_PAGE, campaign=campaign, after=after, limit=ROWS_MAX)
    gone = [row_id for row_id, nik in rows if not _is_among(niks, int(nik))]
    keys = [{"key": invitation_key(campaign, row_id)} for row_id in gone]
    connection.run_many(_UNINVITE, keys)
    connection.run_many(_REMOVE, [{"row_id": row_id} for row_id in gone])
    return len(rows), len(gone), rows[-1][0] if rows else after


def _is_among(niks: Sequence[int], nik: int) -> bool:
    place = bisect_left(niks, nik)
    return place < len(niks) and niks[place] == nik


def _put(connection: Connection, *, campaign: str, entries: Sequence[Entry]) -> Counts:
    known = _known(connection, campaign, entries)
    differ = [one for one in entries if known.get(one.nik) != (False, one)]
    _stage(connection, differ)
    connection.run(_PUT, campaign=campaign)
    added = len(entries) - len(known)
    return Counts(added, len(differ) - added)
