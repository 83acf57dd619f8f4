"""The addresses that belong to a record, in SQL; and writing again where another wrote first."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, NamedTuple, TypeVar

import msgspec

from core.database.statements import Connection, Plain, Row, stamp
from core.database.unavailable import UnavailableError
from core.messages import Address, Channel
from core.registration.statements import ADD_ADDRESS, CHANGE_ADDRESS

T = TypeVar("T")

RACES_MAX = 10  # lost in a row; each is another's progress


class LostRaceError(Exception):
    """Another transaction wrote first; nothing of this one is kept."""


class Link(NamedTuple):
    """What is kept of one address of a record; `channels` as text, None where it is not linked."""

    verified: bool = False
    channels: str | None = None


NOT_LINKED: Final = Link()


class Contact(NamedTuple):
    """Where somebody wrote from, how, and when."""

    address: Address
    channel: Channel
    at: datetime


async def until_won(attempt: Callable[[], Awaitable[T]]) -> T:
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


def find_link(linked: Sequence[Row], address: Address) -> Link:
    """Return what is kept of the address among these rows of `hold_addresses`."""
    this = (address.kind.value, address.value)
    found = (Link(bool(row[2]), row[3]) for row in linked if (row[0], row[1]) == this)
    return next(found, NOT_LINKED)


def link_address(
    connection: Connection,
    record_id: int,
    contact: Contact,
    was: Link,
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
        touched = connection.run(ADD_ADDRESS, **kept, at=stamp(contact.at))
    else:
        touched = connection.run(CHANGE_ADDRESS, **kept, seen=was.channels)
    if not touched:
        raise LostRaceError
    return True
