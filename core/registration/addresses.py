"""The addresses that belong to a record, in SQL; and writing again where another wrote first."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

import msgspec

from core.database.statements import Connection, Plain, Statement, iso_utc
from core.database.unavailable import UnavailableError
from core.messages import Address, AddressKind, Channel

_HOLD = Statement("""
    SELECT id
    FROM records
    WHERE id = :record_id
    FOR NO KEY UPDATE
""")  # who only refers to it waits for nobody
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

T = TypeVar("T")

RACES_MAX = 10  # lost in a row; each is another's progress


class LostRaceError(Exception):
    """Another transaction wrote first; nothing of this one is kept."""


class AddressLink(NamedTuple):
    """What is kept of one address of a record; `channels` as text, None where it is not linked."""

    verified: bool = False
    channels: str | None = None


NOT_LINKED: Final = AddressLink()


class Contact(NamedTuple):
    """Where somebody wrote from, how, and when."""

    address: Address
    channel: Channel
    at: datetime


async def retry_lost_races(attempt: Callable[[], Awaitable[T]]) -> T:
    """Return what the attempt returns once no other wrote first; or raise `UnavailableError`."""
    for _ in range(RACES_MAX):
        try:
            return await attempt()
        except LostRaceError:
            continue
    raise UnavailableError("too many wrote to the same record")


def place_of(address: Address) -> dict[str, str]:
    """Return the columns that an address is kept in."""
    return {"kind": address.kind.value, "value": address.value}


def hold_addresses(connection: Connection, record_id: int) -> Mapping[Address, AddressLink]:
    """Return its addresses, of which nobody else adds one before the transaction ends.

    Held before they are read: what was read first would not show whom it has waited for.
    """
    connection.one(_HOLD, record_id=record_id)
    return {
        Address(AddressKind(kind), value): AddressLink(bool(verified), channels)
        for kind, value, verified, channels in connection.all(_LINKED, record_id=record_id)
    }


def link_address(
    connection: Connection,
    record_id: int,
    contact: Contact,
    was: AddressLink,
    *,
    verified: bool,
) -> bool:
    """Make the address one of the record's, by this channel too; return whether that is new.

    Raises `LostRaceError` where it is no longer kept as it `was`.
    """
    before: list[str] = [] if was.channels is None else msgspec.json.decode(was.channels)
    channels = [*dict.fromkeys([*before, contact.channel.value])]
    if channels == before and verified == was.verified:
        return False
    kept: dict[str, Plain] = {
        **place_of(contact.address),
        "record_id": record_id,
        "channels": msgspec.json.encode(channels).decode(),
        "verified": int(verified),
    }
    if was.channels is None:
        touched = connection.run(_ADD, **kept, at=iso_utc(contact.at))
    else:
        touched = connection.run(_CHANGE, **kept, seen=was.channels)
    if not touched:
        raise LostRaceError
    return True
