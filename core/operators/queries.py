"""What the operator may ask of the database."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import func, insert, select, text

from core.database.database import Database
from core.database.statements import Connection, Plain, Row, Statement, given, stamp
from core.database.tables import addresses, appointments, audit, intents, outbox, records
from core.messages import AddressKind, Reply
from core.operators.appointments import list_facilities, list_slots, newest_appointment
from core.operators.reviews import read_reviews
from core.operators.views import (
    AddressView,
    FacilityView,
    IntentView,
    OwedView,
    RecordView,
    ReviewView,
    SlotView,
)
from core.outbox.receipts import WITHHELD

INTENTS_MAX = 100  # of one record, the newest

_names = ("number", "status", "nik", "full_name", "birth_date", "sex", "profession", "phone")
_SHOWN = (*_names, "language", "created_at", "updated_at")
_found = (
    select(records.c.id, *(records.c[name] for name in _SHOWN))
    .order_by(records.c.id.desc())
    .limit(given("limit"))
)
_at_address = select(addresses.c.record_id).where(
    addresses.c.kind.in_([kind.value for kind in AddressKind]),
    addresses.c.value == given("address"),
)
_BY = {
    "nik": Statement(_found.where(records.c.nik == given("nik"))),
    "number": Statement(_found.where(records.c.number == given("number"))),
    "address": Statement(_found.where(records.c.id.in_(_at_address))),
}
_ADDRESSES = Statement(
    select(addresses.c.kind, addresses.c.value, addresses.c.verified, addresses.c.channels)
    .where(addresses.c.record_id == given("record_id"))
    .order_by(addresses.c.linked_at, addresses.c.kind, addresses.c.value)
)
_intent = (intents.c.intent_id, intents.c.channel, intents.c.provider, intents.c.received_at)
_INTENTS = Statement(
    select(*_intent, intents.c.outcome)
    .where(intents.c.record_id == given("record_id"))
    .order_by(intents.c.id.desc())
    .limit(INTENTS_MAX)
)
_OWED_SHOWN = ("channel", "provider", "value", "reply", "status", "attempts", "created_at")
_OWED = Statement(
    select(outbox.c.id, *(outbox.c[name] for name in _OWED_SHOWN), outbox.c.sent_at)
    .where(
        outbox.c.kind.in_([kind.value for kind in AddressKind]),
        outbox.c.value == given("address"),
    )
    .order_by(outbox.c.id.desc())
    .limit(given("limit"))
)
_LIVE_CODES = Statement(
    select(appointments.c.code, appointments.c.dose)
    .join(records, records.c.id == appointments.c.record_id)
    .where(records.c.number == given("number"), appointments.c.status == "booked")
)
_OLDEST = Statement(
    select(func.min(outbox.c.not_before)).where(
        outbox.c.status == text("'queued'"), outbox.c.bulk == text("0")
    )
)
_WITHHELD = Statement(
    select(func.count()).where(
        outbox.c.status == text(f"'{WITHHELD}'"),  # as its index has it
        outbox.c.created_at >= given("since"),
    )
)
_COUNTED = {
    name: Statement(select(column, func.count()).group_by(column))
    for name, column in (
        ("status", records.c.status),
        ("channel", intents.c.channel),
        ("outcome", intents.c.outcome),
    )
}
_AUDIT = Statement(
    insert(audit).values({name: given(name) for name in ("at", "action", "number")})
)


class Queries:
    """Reads for the operator; what is shown by name is noted with `audit`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(
        self,
        *,
        nik: str | None = None,
        number: str | None = None,
        address: str | None = None,
        limit: int,
    ) -> Sequence[RecordView]:
        """Return records by exactly one of the three, newest first."""
        given = {"nik": nik, "number": number, "address": address}
        [(name, value)] = [(name, value) for name, value in given.items() if value is not None]
        return await self._database.read(partial(_search, name=name, value=value, limit=limit))

    async def get(self, number: str) -> RecordView | None:
        """Return one record."""
        found = await self.search(number=number, limit=1)
        return found[0] if found else None

    async def owed(self, address: str, *, limit: int) -> Sequence[OwedView]:
        """Return messages owed or sent to an address, newest first."""
        rows = await self._all(_OWED, address=address, limit=limit)
        return [_owed(row) for row in rows]

    async def live_codes(self, number: str) -> Sequence[tuple[str, int]]:
        """Return check code and dose of the appointment that somebody with this number has."""
        rows = await self._all(_LIVE_CODES, number=number)
        return [(str(code), int(dose)) for code, dose in rows]

    async def facilities(self) -> Sequence[FacilityView]:
        """Return all facilities, by code."""
        return await self._database.read(list_facilities)

    async def slots(self, facility: str) -> Sequence[SlotView] | None:
        """Return the slots of a facility, the earliest first; None if there is no such one."""
        return await self._database.read(partial(list_slots, code=facility))

    async def oldest_owed(self) -> datetime | None:
        """Return since when the oldest message that is still to be sent has been due, or will be.

        What is sent in bulk does not count: it is meant to wait.
        """
        ((since,),) = await self._all(_OLDEST)
        return datetime.fromisoformat(str(since)) if since else None

    async def withheld(self, *, since: datetime) -> int:
        """Return how many SMS were withheld since then."""
        ((count,),) = await self._all(_WITHHELD, since=stamp(since))
        return int(count)

    async def reviews(self, *, limit: int) -> Sequence[ReviewView]:
        """Return intents and records that wait for a decision, newest first."""
        return await self._database.read(partial(read_reviews, limit=limit))

    async def stats(self) -> dict[str, dict[str, int]]:
        """Return counts of records by status, and of intents by channel and by outcome."""
        return await self._database.read(_stats)

    async def audit(self, *, at: datetime, action: str, number: str | None = None) -> None:
        """Note durably that an operator did something."""
        values = {"at": stamp(at), "action": action, "number": number}
        await self._database.write(lambda connection: connection.run(_AUDIT, **values))

    async def _all(self, statement: Statement, **values: Plain) -> Sequence[Row]:
        return await self._database.read(lambda connection: connection.all(statement, **values))


def _search(connection: Connection, *, name: str, value: str, limit: int) -> list[RecordView]:
    rows = connection.all(_BY[name], **{name: value}, limit=limit)
    return [_record(connection, row[0], dict(zip(_SHOWN, row[1:], strict=True))) for row in rows]


def _record(connection: Connection, record_id: int, shown: dict[str, Any]) -> RecordView:
    places = tuple(
        AddressView(
            kind=kind, value=value, verified=bool(verified), channels=msgspec.json.decode(channels)
        )
        for kind, value, verified, channels in connection.all(_ADDRESSES, record_id=record_id)
    )
    asked = tuple(
        IntentView(id=intent_id, channel=channel, provider=provider, received_at=at, outcome=kind)
        for intent_id, channel, provider, at, kind in connection.all(_INTENTS, record_id=record_id)
    )
    channels = tuple(sorted({channel for place in places for channel in place.channels}))
    return RecordView(
        addresses=places,
        channels=channels,
        intents=asked[::-1],
        appointment=newest_appointment(connection, record_id),
        **shown,
    )


def _owed(row: Row) -> OwedView:
    this, channel, provider, value, reply, status, attempts, created_at, sent_at = row
    return OwedView(
        id=str(this),
        channel=channel,
        provider=provider,
        address=value,
        reply=msgspec.json.decode(reply, type=Reply),
        status=status,
        attempts=attempts,
        created_at=created_at,
        sent_at=sent_at,
    )


def _stats(connection: Connection) -> dict[str, dict[str, int]]:
    return {
        name: {str(value): int(count) for value, count in connection.all(statement)}
        for name, statement in _COUNTED.items()
    }
