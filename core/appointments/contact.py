"""By which door a person is told what nobody asked for: the phone on file, else an address."""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from core.database.statements import KEYS, Connection, Row, Statement
from core.messages import Address, AddressKind, Channel

_RECORDS = Statement(
    "SELECT id, number, language, phone FROM records WHERE id IN ({keys})", keys=KEYS
)
# What the network vouches for comes first: a letter is read late.
_ADDRESSES = Statement(
    """
    SELECT record_id, kind, value, channels
    FROM addresses
    WHERE record_id IN ({keys})
      AND kind <> 'web'
    ORDER BY verified DESC, CASE kind WHEN 'email' THEN 1 ELSE 0 END, linked_at DESC
    """,
    keys=KEYS,
)
_CHANNELS = {AddressKind.EMAIL: Channel.EMAIL, AddressKind.WHATSAPP: Channel.WHATSAPP}


# Doors that show an answer at once, and cannot be written to later.
SEEN_AT_ONCE: Final = frozenset({Channel.USSD, Channel.WEB})


class Contact(NamedTuple):
    """A person as somebody to write to; `address` is None where there is none."""

    number: str
    language: str
    address: Address | None
    channel: Channel


def written_by(address: Address, channel: Channel) -> Channel:
    """Return by which channel somebody is written to who spoke from the address by `channel`."""
    return _CHANNELS.get(address.kind, Channel.SMS) if channel in SEEN_AT_ONCE else channel


def contact_of(connection: Connection, record_id: int) -> Contact:
    """Return how to reach the person of a record."""
    return contacts_of(connection, [record_id])[record_id]


def contacts_of(connection: Connection, record_ids: Iterable[int]) -> Mapping[int, Contact]:
    """Return how to reach the person of each record, in a few statements."""
    records = connection.all_among(_RECORDS, record_ids)
    linked: dict[int, Row] = {}
    for row in connection.all_among(_ADDRESSES, (row[0] for row in records if not row[-1])):
        linked.setdefault(row[0], row[1:])
    return {
        record_id: _contact(number, language, phone, linked.get(record_id))
        for record_id, number, language, phone in records
    }


def _contact(number: str, language: str, phone: str | None, linked: Row | None) -> Contact:
    if phone:
        return Contact(number, language, Address(AddressKind.PHONE, phone), Channel.SMS)
    if linked is None:
        return Contact(number, language, None, Channel.SMS)
    kind, value, channels = linked
    address = Address(AddressKind(kind), value)
    return Contact(number, language, address, _channel(address, json.loads(channels)))


def _channel(address: Address, used: list[str]) -> Channel:
    """Return the channel of an address: WhatsApp for a phone that has used nothing else."""
    if address.kind is AddressKind.PHONE and set(used) == {Channel.WHATSAPP.value}:
        return Channel.WHATSAPP
    return _CHANNELS.get(address.kind, Channel.SMS)
