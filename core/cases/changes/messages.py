"""The messages that wait to be sent about one record: sent elsewhere, or withdrawn."""

from collections.abc import Iterable

from core.cases.changes.record import Record
from core.database.statements import Connection, Statement
from core.messages import Address, AddressKind
from core.outbox.store import withdraw
from core.outbox.ticket import booking_keys
from core.registration.addresses import address_columns
from core.registration.notices import NOTICE

# They tell what they are about by the number alone.
_UNASKED = """
    status = 'queued'
        AND answers_request = 0
        AND kind = :kind
        AND value = :value
        AND (reply LIKE :about OR ticket LIKE :about)"""
_READDRESS = Statement(f"""
    UPDATE outbox
    SET value = :phone
    WHERE {_UNASKED}
""")  # noqa: S608 our own condition
_WITHDRAW = Statement(f"""
    UPDATE outbox
    SET status = 'withdrawn'
    WHERE {_UNASKED}
""")  # noqa: S608 our own condition
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
        where = {**address_columns(old), "about": f"%{record.number}%"}
        connection.run(_READDRESS, **where, phone=phone)


def withdraw_to(connection: Connection, record: Record, addresses: Iterable[Address]) -> None:
    """Withdraw what waits for these addresses and is about the record, but for answers."""
    for address in addresses:
        connection.run(_WITHDRAW, **address_columns(address), about=f"%{record.number}%")


def withdraw_all(connection: Connection, record: Record) -> None:
    """Withdraw all that waits to be sent about the record, but for answers."""
    withdraw_to(connection, record, addresses_of(connection, record))
    for (booked_by,) in connection.all(_BOOKINGS, record_id=record.id):
        withdraw(connection, booking_keys(booked_by))
    for (intent_id,) in connection.all(_INTENTS, record_id=record.id):
        withdraw(connection, [f"{intent_id}{NOTICE}"])
