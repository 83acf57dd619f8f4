"""The operator's queries."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from core.database.database import Database
from core.database.statements import Connection, Plain, Row, Statement, column_list, iso_utc
from core.messages import AddressKind, Reply
from core.operators.appointments import list_facilities, list_slots, newest_appointment
from core.operators.counts import read_counts
from core.operators.reviews import read_reviews
from core.operators.views import (
    AddressView,
    FacilityView,
    IntentView,
    MessageView,
    RecordView,
    ReviewView,
    SlotView,
)
from core.registration.statements import OF_NUMBER

INTENTS_MAX = 100  # of one record, the newest

_KINDS = ", ".join(f"'{kind}'" for kind in AddressKind)  # all: the indexes begin with the kind
_SHOWN = (
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
        "phone",
    ),
    *("language", "created_at", "updated_at"),
)
_BY = {
    name: Statement(
        """
        SELECT id, {shown}
        FROM records
        WHERE {condition}
        ORDER BY
            CASE standing WHEN 'held' THEN 0 WHEN 'claimed' THEN 1 ELSE 2 END,
            id DESC
        LIMIT :limit
        """,
        shown=column_list(_SHOWN),
        condition=condition,
    )
    for name, condition in {
        "nik": "nik = :nik",
        "number": f"id = {OF_NUMBER}",
        "address": f"""id IN (
            SELECT record_id
            FROM addresses
            WHERE kind IN ({_KINDS})
                AND value = :value
        )""",  # noqa: S608 our own kinds
    }.items()
}
_ADDRESSES = Statement("""
    SELECT kind, value, verified, channels
    FROM addresses
    WHERE record_id = :record_id
    ORDER BY linked_at, kind, value
""")
_INTENTS = Statement("""
    SELECT intent_id, channel, provider, received_at, outcome, voucher
    FROM intents
    WHERE record_id = :record_id
    ORDER BY id DESC
    LIMIT :limit
""")
_SHOWN_OF_MESSAGE = (
    *("channel", "provider", "status", "attempts", "why", "provider_id"),
    *("created_at", "sent_at"),
)
_INTENT = ("id", "channel", "provider", "received_at", "outcome", "voucher")  # as it is shown
_MESSAGES = Statement(
    """
    SELECT id, value, reply, {shown}
    FROM outbox
    WHERE kind IN ({kinds})
        AND value = :value
    ORDER BY id DESC
    LIMIT :limit
    """,
    shown=column_list(_SHOWN_OF_MESSAGE),
    kinds=_KINDS,
)
# These two spell their status as their partial indexes do.
_OLDEST = Statement("""
    SELECT MIN(not_before)
    FROM outbox
    WHERE status = 'queued'
        AND bulk = 0
""")
_WITHHELD = Statement("""
    SELECT COUNT(*)
    FROM outbox
    WHERE status = 'withheld'
        AND created_at >= :since
        AND channel <> 'email'
""")


class Queries:
    """Reads for the operator; callers note in the audit what they show of a person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def search(self, *, limit: int, **key: str) -> Sequence[RecordView]:
        """Return records, held ones first, by exactly one of `nik`, `number` and `address`."""
        [(name, value)] = key.items()
        return await self._database.read(partial(_search, name=name, value=value, limit=limit))

    async def get(self, number: str) -> RecordView | None:
        """Return one record."""
        found = await self.search(number=number, limit=1)
        return found[0] if found else None

    async def get_all(self, numbers: Iterable[str]) -> Sequence[RecordView]:
        """Return the records that there are, in the order of their numbers."""
        look = partial(_search, name="number", limit=1)
        return await self._database.read(
            lambda on: [found for number in numbers for found in look(on, value=number)]
        )

    async def messages(self, address: str, *, limit: int) -> Sequence[MessageView]:
        """Return messages to an address, queued or past, newest first."""
        rows = await self._all(_MESSAGES, value=address, limit=limit)
        return [_message(row) for row in rows]

    async def facilities(self) -> Sequence[FacilityView]:
        """Return all facilities, by code."""
        return await self._database.read(list_facilities)

    async def slots(self, facility: str) -> Sequence[SlotView] | None:
        """Return slots as `list_slots` does."""
        return await self._database.read(partial(list_slots, code=facility))

    async def oldest_queued(self) -> datetime | None:
        """Return the earliest due time of queued messages, bulk ones excluded."""
        ((since,),) = await self._all(_OLDEST)
        return datetime.fromisoformat(str(since)) if since else None

    async def withheld(self, *, since: datetime) -> int:
        """Return how many SMS were withheld since then."""
        ((count,),) = await self._all(_WITHHELD, since=iso_utc(since))
        return int(count)

    async def reviews(self, *, limit: int) -> Sequence[ReviewView]:
        """Return intents and records that wait for a decision, newest first."""
        return await self._database.read(partial(read_reviews, limit=limit))

    async def stats(self) -> dict[str, dict[str, int]]:
        """Return counts of records by status and standing, of intents by channel and outcome."""
        return await self._database.read(read_counts)

    async def _all(self, statement: Statement, **values: Plain) -> Sequence[Row]:
        return await self._database.read(lambda connection: connection.all(statement, **values))


def _search(connection: Connection, *, name: str, value: str, limit: int) -> list[RecordView]:
    where = {"value" if name == "address" else name: value}
    rows = connection.all(_BY[name], **where, limit=limit)
    return [_record(connection, row[0], dict(zip(_SHOWN, row[1:], strict=True))) for row in rows]


def _record(connection: Connection, record_id: int, shown: dict[str, Any]) -> RecordView:
    places = tuple(
        AddressView(
            kind=kind, value=value, verified=bool(verified), channels=msgspec.json.decode(channels)
        )
        for kind, value, verified, channels in connection.all(_ADDRESSES, record_id=record_id)
    )
    newest = connection.all(_INTENTS, record_id=record_id, limit=INTENTS_MAX)
    intents = tuple(IntentView(**dict(zip(_INTENT, row, strict=True))) for row in reversed(newest))
    channels = tuple(sorted({channel for place in places for channel in place.channels}))
    return RecordView(
        addresses=places,
        channels=channels,
        intents=intents,
        appointment=newest_appointment(connection, record_id),
        **shown,
    )


def _message(row: Row) -> MessageView:
    row_id, address, reply, *shown = row
    return MessageView(
        id=str(row_id),
        address=address,
        reply=msgspec.json.decode(reply, type=Reply),
        **dict(zip(_SHOWN_OF_MESSAGE, shown, strict=True)),
    )
