"""The addresses linked to a record, in SQL; and retries after lost races."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

import msgspec

from core.database.statements import Connection, Plain, Statement, iso_utc
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind, Channel

_LOCK = Statement("""
    SELECT id
    FROM records
    WHERE id = :record_id
    FOR NO KEY UPDATE
""")  # rows that only refer to the record are not kept waiting
_LINKED = Statement("""
    SELECT kind, value, verified, channels
    FROM addresses
    WHERE record_id = :record_id
""")
_ADD = Statement("""
    INSERT INTO addresses (record_id, kind, value, verified, channels, linked_at)
    VALUES (:record_id, :kind, :value, :verified, :channels, :at)
    ON CONFLICT DO NOTHING
""")
_CHANGE = Statement("""
    UPDATE addresses
    SET verified = :verified, channels = :channels
    WHERE record_id = :record_id AND kind = :kind AND value = :value AND channels = :seen
""")
_DISPLACE = Statement("""
    DELETE FROM addresses
    WHERE record_id = :record_id
        AND verified = 0
        AND (kind, value) IN (
            SELECT kind, value
            FROM addresses
            WHERE record_id = :record_id AND verified = 0
            ORDER BY linked_at, kind, value
            LIMIT 1
        )
""")

T = TypeVar("T")

RACES_MAX = 10  # attempts; each lost race is progress of another transaction


class LostRaceError(Exception):
    """Another transaction wrote first; this one is rolled back."""


class AddressLink(NamedTuple):
    """One address of a record; `channels` is a JSON list, None if the address is not linked."""

    verified: bool = False
    channels: str | None = None


NOT_LINKED: Final = AddressLink()


class Contact(NamedTuple):
    """An address that wrote to us, over which channel, and when."""

    address: Address
    channel: Channel
    at: datetime


async def retry_lost_races(attempt: Callable[[], Awaitable[T]]) -> T:
    """Run `attempt` until it loses no race; raise `UnavailableError` after `RACES_MAX` losses."""
    for _ in range(RACES_MAX):
        try:
            return await attempt()
        except LostRaceError:
            continue
    raise UnavailableError("too many wrote to the same record")


def address_columns(address: Address) -> dict[str, str]:
    """Return an address as the values of its columns."""
    return {"kind": address.kind.value, "value": address.value}


def lock_addresses(connection: Connection, record_id: int) -> Mapping[Address, AddressLink]:
    """Return the addresses of a record; no other transaction can add one until this one ends.

    The lock comes first: a read before it would miss what the lock waited for.
    """
    connection.one(_LOCK, record_id=record_id)
    return {
        Address(AddressKind(kind), value): AddressLink(bool(verified), channels)
        for kind, value, verified, channels in connection.all(_LINKED, record_id=record_id)
    }


def displace_claimed(connection: Connection, record_id: int) -> bool:
    """Unlink the oldest address that is not proven; return False if all are."""
    return bool(connection.run(_DISPLACE, record_id=record_id))


def link_address(
    connection: Connection,
    record_id: int,
    contact: Contact,
    seen: AddressLink,
    *,
    verified: bool,
) -> bool:
    """Link the address to the record, for this channel too; return False if nothing changes.

    Raises `LostRaceError` if the link is no longer as it was `seen`.
    """
    before: list[str] = [] if seen.channels is None else msgspec.json.decode(seen.channels)
    channels = [*dict.fromkeys([*before, contact.channel.value])]
    if channels == before and verified == seen.verified:
        return False
    values: dict[str, Plain] = {
        **address_columns(contact.address),
        "record_id": record_id,
        "channels": msgspec.json.encode(channels).decode(),
        "verified": int(verified),
    }
    if seen.channels is None:
        touched = connection.run(_ADD, **values, at=iso_utc(contact.at))
    else:
        touched = connection.run(_CHANGE, **values, seen=seen.channels)
    if not touched:
        raise LostRaceError
    return True
