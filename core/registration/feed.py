"""What the registry has not been told: records newer than the version that it acknowledged.

The records themselves are the queue, so nothing can be in one and not in the other. A record is
told as it is now, not every step on the way there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database.database import Database
from core.database.statements import Connection, Row, Statement, given, stamp
from core.database.tables import addresses, appointments, audit, facilities, leases, records, slots
from core.fields.timezones import local, zone_of

LEASE: Final = "feed"
WAITING_MAX: Final = 100_000  # counted; beyond it, "many" is all that matters
REFUSED: Final = "feed_refused"  # how the audit notes a record that the registry will not take

_FIELDS: Final = (
    *("number", "version", "status", "nik", "full_name", "birth_date", "sex", "profession"),
    *("phone", "language", "facility_code"),
)
_to_be_told = records.c.version > records.c.told_version  # in these words: it chooses the index
_channels = (
    select(func.aggregate_strings(addresses.c.channels, "\n"))
    .where(addresses.c.record_id == records.c.id)
    .scalar_subquery()
)
_any = appointments.alias()
_latest = select(func.max(_any.c.id)).where(_any.c.record_id == records.c.id).scalar_subquery()
DUE = Statement(
    select(records.c.id, *(records.c[name] for name in _FIELDS))
    .add_columns(records.c.created_at, records.c.updated_at, _channels)
    .add_columns(facilities.c.code, facilities.c.name, facilities.c.regency_code, slots.c.start)
    .add_columns(appointments.c.dose, appointments.c.status)
    .select_from(records)
    .join(appointments, appointments.c.id == _latest, isouter=True)
    .join(slots, slots.c.id == appointments.c.slot_id, isouter=True)
    .join(facilities, facilities.c.code == slots.c.facility_code, isouter=True)
    .where(_to_be_told)
    .order_by(records.c.updated_at, records.c.id)
    .limit(given("limit"))
)
_some = select(records.c.id).where(_to_be_told).limit(given("limit"))
_COUNT = Statement(select(func.count()).select_from(_some.subquery()))
_TOLD = Statement(
    update(records)
    .where(records.c.id == given("this"), records.c.told_version < given("sent"))
    .values(told_version=given("sent"))
)
_NOTE = Statement(
    audit.insert().values(at=given("at"), action=REFUSED, number=given("refused_number"))
)
_claim = insert(leases).values(name=LEASE, until=given("until"), holder=given("holder"))
_free = or_(leases.c.holder == _claim.excluded.holder, leases.c.until < given("now"))
_CLAIM = Statement(
    _claim.on_conflict_do_update(
        index_elements=["name"],
        set_={"until": _claim.excluded.until, "holder": _claim.excluded.holder},
        where=_free,
    ).returning(leases.c.holder)
)
_RELEASE = Statement(
    delete(leases).where(and_(leases.c.name == LEASE, leases.c.holder == given("who")))
)


class Visit(msgspec.Struct, frozen=True):
    """An appointment as the registry is told of it; `start` has the offset of the place."""

    facility_code: str
    facility_name: str
    start: str
    dose: int
    status: str


class Told(msgspec.Struct, frozen=True):
    """A record as the registry is told of it: one line."""

    number: str
    version: int
    status: str
    nik: str
    full_name: str
    birth_date: str
    sex: str
    profession: str
    phone: str | None
    language: str
    facility_code: str | None
    channels: list[str]
    appointment: Visit | None
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Untold:
    """A record to be told; `line` is its JSON and a newline."""

    id: int
    number: str
    version: int
    line: bytes = field(repr=False)


class SqlFeed:
    """Reads what is to be told, and notes what was. One holder of the lease at a time tells."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, holder: str, *, now: datetime, lease_seconds: float) -> bool:
        """Take or renew the lease; say whether `holder` has it until it runs out."""
        until = stamp(now + timedelta(seconds=lease_seconds))
        values = {"holder": holder, "until": until, "now": stamp(now)}
        return bool(await self._database.write(lambda use: use.all(_CLAIM, **values)))

    async def release(self, holder: str) -> None:
        """Give the lease back, if `holder` has it."""
        await self._database.write(lambda connection: connection.run(_RELEASE, who=holder))

    async def due(self, *, limit: int) -> Sequence[Untold]:
        """Return records to be told, in the order in which they changed."""
        rows = await self._database.read(lambda connection: connection.all(DUE, limit=limit))
        return [_untold(row) for row in rows]

    async def waiting(self, *, limit: int = WAITING_MAX) -> int:
        """Return how many records are to be told, counted up to `limit`."""
        ((count,),) = await self._database.read(lambda use: use.all(_COUNT, limit=limit))
        return int(count)

    async def told(self, batch: Sequence[Untold]) -> None:
        """Note that the registry has these versions. One that changed meanwhile stays due."""
        await self._database.write(partial(_mark, batch=batch))

    async def skip(self, refused: Untold, *, at: datetime) -> None:
        """Note that the registry will not have this version, and wait for the next one."""
        await self._database.write(partial(_skip, refused=refused, at=stamp(at)))


def _mark(connection: Connection, *, batch: Sequence[Untold]) -> None:
    for one in batch:
        connection.run(_TOLD, this=one.id, sent=one.version)


def _skip(connection: Connection, *, refused: Untold, at: str) -> None:
    _mark(connection, batch=[refused])
    connection.run(_NOTE, at=at, refused_number=refused.number)


def _untold(row: Row) -> Untold:
    (this, *fields, created_at, updated_at, channels), visit = row[:-6], row[-6:]
    record = dict(zip(_FIELDS, fields, strict=True))
    told = Told(
        **record,
        channels=_union(channels),
        appointment=_visit(visit),
        created_at=created_at,
        updated_at=updated_at,
    )
    line = msgspec.json.encode(told) + b"\n"
    return Untold(this, told.number, told.version, line)


def _union(lists: str | None) -> list[str]:
    each = (lists or "").splitlines()
    return sorted(
        {channel for one in each for channel in msgspec.json.decode(one, type=list[str])}
    )


def _visit(row: Row) -> Visit | None:
    code, name, regency, start, dose, status = row
    if code is None:
        return None
    there = local(datetime.fromisoformat(start), zone_of(regency))
    return Visit(code, name, there.isoformat(), dose, status)
