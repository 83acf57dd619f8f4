"""The feed to the registry, or the app: records newer than the version that it acknowledged.

The records themselves are the queue, so the two cannot differ. A record is sent as it is now, not
once for every change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple

import msgspec

from core.database.audit import Noted, note
from core.database.database import Database
from core.database.leases import Lease
from core.database.statements import Connection, Row, Statement, column_list
from core.fields.timezones import local, zone_of

LEASE: Final = "feed"
WAITING_MAX: Final = 100_000  # counted at most; beyond it, "many" is enough
REFUSED: Final = "feed_refused"  # the action in the audit for a record that the registry refused

_FIELDS: Final = (
    *(
        "number",
        "version",
        "status",
        "standing",
        "nik",
        "full_name",
        "birth_date",
        "sex",
        "profession",
    ),
    *("phone", "language", "facility_code", "created_at", "updated_at"),
)
# Spelt `version > told_version`, this matches the partial index. A record that is made contested
# counts as told until it changes.
DUE = Statement(
    """
    SELECT
        records.id, {fields},
        (
            SELECT '[' || string_agg(addresses.channels, ',') || ']'
            FROM addresses
            WHERE addresses.record_id = records.id
        ),
        facilities.code, facilities.name, facilities.regency_code,
        slots.start, appointments.dose, appointments.status
    FROM records
    LEFT JOIN appointments ON appointments.id = (
        SELECT max(latest.id)
        FROM appointments AS latest
        WHERE latest.record_id = records.id
    )
    LEFT JOIN slots ON slots.id = appointments.slot_id
    LEFT JOIN facilities ON facilities.code = slots.facility_code
    WHERE records.version > records.told_version
    ORDER BY records.updated_at, records.id
    LIMIT :limit
""",
    fields=column_list(_FIELDS, of="records"),
)
_COUNT = Statement("""
    SELECT count(*)
    FROM (
        SELECT id
        FROM records
        WHERE version > told_version
        LIMIT :limit
    ) AS untold
""")
_ACKNOWLEDGE = Statement("""
    UPDATE records
    SET told_version = :sent
    WHERE id = :row_id AND told_version < :sent
""")


class AppointmentPayload(msgspec.Struct, frozen=True):
    """An appointment as the registry gets it; `start` has the facility's UTC offset."""

    facility_code: str
    facility_name: str
    start: str
    dose: int
    status: str


class RecordPayload(msgspec.Struct, frozen=True):
    """A record as the registry gets it: one line of JSON."""

    number: str
    version: int
    status: str
    standing: str
    nik: str
    full_name: str
    birth_date: str
    sex: str
    profession: str
    phone: str | None
    language: str
    facility_code: str | None
    channels: list[str]
    appointment: AppointmentPayload | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class UnsentRecord:
    """A record to send; `line` is its JSON, for the registry with a newline."""

    id: int
    number: str
    version: int
    line: bytes = field(repr=False)


class Queue(NamedTuple):
    """Whom records are told to: the statements, and how a row becomes what is sent.

    `name` is that of the lease, and `refused` the action in the audit for what is not taken.
    """

    name: str
    refused: str
    due: Statement
    waiting: Statement
    acknowledge: Statement
    read: Callable[[Row], UnsentRecord]


class SqlFeed:
    """Reads what is to be sent and stores what was; only the holder of the lease sends."""

    def __init__(self, database: Database, queue: Queue | None = None) -> None:
        """Without a `queue` it is the registry's."""
        self._database, self._queue = database, queue or TO_REGISTRY

    async def claim(self, holder: str, *, now: datetime, lease_seconds: float) -> bool:
        """Take or renew the lease; return whether `holder` has it."""
        claim = partial(Lease(self._queue.name, holder).claim, now=now, seconds=lease_seconds)
        return await self._database.write(claim)

    async def release(self, holder: str) -> None:
        """Give the lease back, if `holder` has it."""
        await self._database.write(Lease(self._queue.name, holder).release)

    async def due(self, *, limit: int) -> Sequence[UnsentRecord]:
        """Return up to `limit` records to send, in the order in which they changed."""
        due, read = self._queue.due, self._queue.read
        rows = await self._database.read(lambda connection: connection.all(due, limit=limit))
        return [read(row) for row in rows]

    async def count_unsent(self, *, limit: int = WAITING_MAX) -> int:
        """Return how many records are to be sent, counted up to `limit`."""
        asked = self._queue.waiting
        ((count,),) = await self._database.read(lambda use: use.all(asked, limit=limit))
        return int(count)

    async def acknowledge(self, batch: Sequence[UnsentRecord]) -> None:
        """Store that the registry has these versions; a record changed meanwhile stays due."""
        await self._database.write(partial(_acknowledge, queue=self._queue, batch=batch))

    async def skip(self, refused: UnsentRecord, *, at: datetime) -> None:
        """Store that the registry refused this version: only the next one will be sent."""
        skip = partial(_skip, queue=self._queue, refused=refused, at=at)
        await self._database.write(skip, alone=True)


def _acknowledge(connection: Connection, *, queue: Queue, batch: Sequence[UnsentRecord]) -> None:
    told = [{"row_id": one.id, "sent": one.version} for one in batch]
    connection.run_many(queue.acknowledge, told)


def _skip(connection: Connection, *, queue: Queue, refused: UnsentRecord, at: datetime) -> None:
    _acknowledge(connection, queue=queue, batch=[refused])
    note(connection, Noted(at, queue.refused, queue.name, refused.number))


def _unsent(row: Row) -> UnsentRecord:
    (row_id, *fields, channels), appointment = row[:-6], row[-6:]
    payload = RecordPayload(
        **dict(zip(_FIELDS, fields, strict=True)),
        channels=_union(channels),
        appointment=_appointment(appointment),
    )
    line = msgspec.json.encode(payload) + b"\n"
    return UnsentRecord(row_id, payload.number, payload.version, line)


TO_REGISTRY: Final = Queue(LEASE, REFUSED, DUE, _COUNT, _ACKNOWLEDGE, _unsent)


def _union(lists: str | None) -> list[str]:
    each = msgspec.json.decode(lists, type=list[list[str]]) if lists else []
    return sorted({channel for one in each for channel in one})


def _appointment(row: Row) -> AppointmentPayload | None:
    code, name, regency, start, dose, status = row
    if code is None:
        return None
    there = local(datetime.fromisoformat(start), zone_of(regency))
    return AppointmentPayload(code, name, there.isoformat(), dose, status)
