"""The messages that wait to be sent about one record: sent elsewhere, or withdrawn."""

from collections.abc import Iterable

from core.cases.changes.record import Record
from core.database.statements import Connection, Statement
from core.messages import Address, AddressKind
from core.outbox.store import withdraw
from core.outbox.ticket import booking_keys
from core.registration.addresses import address_columns
from core.registration.notices import NOTICE

_UNASKED = Statement("""
    SELECT id, reply, ticket
    FROM outbox
    WHERE status = 'queued'
        AND answers_request = 0
        AND kind = :kind
        AND value = :value
""")
_READDRESS = Statement("""
    UPDATE outbox
    SET value = :phone
    WHERE id = :row_id AND status = 'queued'
""")
_WITHDRAW = Statement("""
    UPDATE outbox
    SET status = 'withdrawn'
    WHERE id = :row_id AND status = 'queued'
""")
_ADDRESSES = Statement("""
    SELECT kind, value
    FROM addresses
    WHERE record_id = :record_id
""")
_INTENTS = Statement("""
    SELECT intent_id
    FROM intents
    WHERE record_id = :record_id
""")
_BOOKINGS = Statement("""
    SELECT booked_by
    FROM appointments
    WHERE record_id = :record_id
""")


def addresses_of(connection: Connection, record: Record) -> frozenset[Address]:
    """Return the addresses linked to the record, and the phone on file."""
    rows = connection.all(_ADDRESSES, record_id=record.id)
    linked = {Address(AddressKind(kind), value) for kind, value in rows}
    on_file = {Address(AddressKind.PHONE, record.phone)} if record.phone else set[Address]()
    return frozenset(linked | on_file)


def readdress(connection: Connection, record: Record, phone: str | None) -> None:
    """Send what waits for the phone on file to another, or to nobody."""
    if record.phone is None:
        return
    old = Address(AddressKind.PHONE, record.phone)
    if phone is None:
        withdraw_to(connection, record, [old])
    else:
        for row_id in _about(connection, record, old):
            connection.run(_READDRESS, row_id=row_id, phone=phone)


def withdraw_to(connection: Connection, record: Record, addresses: Iterable[Address]) -> None:
    """Withdraw what waits for these addresses and is about the record, but for answers."""
    for address in addresses:
        for row_id in _about(connection, record, address):
            connection.run(_WITHDRAW, row_id=row_id)


def _about(connection: Connection, record: Record, address: Address) -> list[int]:
    """Return the ids of messages that wait: what they are about is told by the number alone."""
    rows = connection.all(_UNASKED, **address_columns(address))
    return [row_id for row_id, *texts in rows if record.number in "\n".join(filter(None, texts))]


def withdraw_all(connection: Connection, record: Record) -> None:
    """Withdraw all that waits to be sent about the record, but for answers."""
    withdraw_to(connection, record, addresses_of(connection, record))
    for (booked_by,) in connection.all(_BOOKINGS, record_id=record.id):
        withdraw(connection, booking_keys(booked_by))
    for (intent_id,) in connection.all(_INTENTS, record_id=record.id):
        withdraw(connection, [f"{intent_id}{NOTICE}"])
