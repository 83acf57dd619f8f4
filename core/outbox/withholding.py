"""Messages to phones that did not ask for them: queued within bounds, else withheld.

A withheld message stays in the outbox and is never sent; operators see it and a gauge counts it.
"""

from collections.abc import Sequence

from core.database.statements import Connection, Statement
from core.messages import AddressKind
from core.outbox.message import Outgoing
from core.outbox.rate_limits import count
from core.outbox.receipts import QUEUED, WITHHELD
from core.outbox.sms_bounds import Asker, Bound, code_bounds, is_abroad, unasked_bound
from core.outbox.store import enqueue

_STATUS = Statement("""
    SELECT status
    FROM outbox
    WHERE key = :key
""")
_PROVEN = Statement("""
    SELECT record_id
    FROM addresses
    WHERE kind = 'phone'
        AND value = :phone
        AND verified = 1
        AND record_id = :record_id
""")
_HAS_WRITTEN = Statement("""
    SELECT 1
    WHERE EXISTS (
            SELECT 1
            FROM addresses
            WHERE kind = 'phone'
                AND value = :phone
                AND verified = 1
        )
        OR EXISTS (
            SELECT 1
            FROM intents
            WHERE kind = 'phone'
                AND value = :phone
        )
""")


def status_of(connection: Connection, key: str) -> str | None:
    """Return the status of the message with this key, or None if there is none."""
    row = connection.one(_STATUS, key=key)
    return None if row is None else str(row[0])


def may_reach(connection: Connection, phone: str, countries: frozenset[str]) -> bool:
    """Return True if SMS go to the phone's country, or the phone has written to us."""
    return not is_abroad(phone, countries) or bool(connection.all(_HAS_WRITTEN, phone=phone))


def enqueue_code(
    connection: Connection, message: Outgoing, trust: Asker, countries: frozenset[str]
) -> bool:
    """Queue the SMS with a code, or withhold it; return True if it was queued."""
    phone = message.address.value
    fits = may_reach(connection, phone, countries) and not count(
        connection, code_bounds(phone, trust), at=message.created_at, key=message.key
    )
    enqueue(connection, message, status=QUEUED if fits else WITHHELD)
    return fits


def enqueue_unasked(
    connection: Connection,
    message: Outgoing,
    *,
    record_id: int,
    countries: frozenset[str],
    bounds: Sequence[Bound] = (),
) -> None:
    """Queue a message about a record; to a phone not proven, withhold it over the bounds.

    `bounds` are further ones than those of the phone.
    """
    connection, phone = connection.of_record(record_id), message.address.value
    if status_of(connection, message.key):
        return
    is_phone = message.address.kind is AddressKind.PHONE
    if not is_phone or connection.all(_PROVEN, phone=phone, record_id=record_id):
        enqueue(connection, message)
        return
    due = message.due_at
    fits = may_reach(connection, phone, countries) and not count(
        connection, [*bounds, unasked_bound(phone, due)], at=due, key=message.key
    )
    enqueue(connection, message, status=QUEUED if fits else WITHHELD)
