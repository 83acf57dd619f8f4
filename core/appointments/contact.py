"""By which door a person is told what nobody asked for: the phone on file, else an address."""

import json
from typing import NamedTuple

from core.database.statements import Connection, Statement
from core.messages import Address, AddressKind, Channel

_OF_RECORD = Statement("""
    SELECT number, phone, language
    FROM records
    WHERE id = :record_id
""")
# What the network vouches for comes first: a letter is read late.
_ADDRESSES = Statement("""
    SELECT kind, value, channels
    FROM addresses
    WHERE record_id = :record_id
      AND kind <> 'web'
    ORDER BY verified DESC, CASE kind WHEN 'email' THEN 1 ELSE 0 END, linked_at DESC
    LIMIT 1
""")
_CHANNELS = {AddressKind.EMAIL: Channel.EMAIL, AddressKind.WHATSAPP: Channel.WHATSAPP}


class Contact(NamedTuple):
    """A person as somebody to write to; `address` is None where there is none."""

    number: str
    language: str
    address: Address | None
    channel: Channel


def contact_of(connection: Connection, record_id: int) -> Contact:
    """Return how to reach the person of a record."""
    [(number, phone, language)] = connection.all(_OF_RECORD, record_id=record_id)
    if phone:
        return Contact(number, language, Address(AddressKind.PHONE, phone), Channel.SMS)
    row = connection.one(_ADDRESSES, record_id=record_id)
    if row is None:
        return Contact(number, language, None, Channel.SMS)
    address = Address(AddressKind(row[0]), row[1])
    return Contact(number, language, address, _channel(address, json.loads(row[2])))


def _channel(address: Address, used: list[str]) -> Channel:
    """Return the channel of an address: WhatsApp for a phone that has used nothing else."""
    if address.kind is AddressKind.PHONE and set(used) == {Channel.WHATSAPP.value}:
        return Channel.WHATSAPP
    return _CHANNELS.get(address.kind, Channel.SMS)
