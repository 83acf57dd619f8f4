"""SMS to phones that have not asked for them: owed within bounds, or kept and never sent.

What is withheld stays in the outbox as such, where operators see it and a gauge counts it.
"""

from core.database.statements import Connection, Statement
from core.outbox.message import Outgoing
from core.outbox.rate_limits import count
from core.outbox.receipts import QUEUED, WITHHELD
from core.outbox.sms_bounds import Asker, code_bounds, is_abroad, unasked_bound
from core.outbox.store import enqueue

_OWED = Statement("""
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
    """Return how a message stands that was owed before, sent or not; None if it was not."""
    owed = connection.one(_OWED, key=key)
    return None if owed is None else str(owed[0])


def may_reach(connection: Connection, phone: str, countries: frozenset[str]) -> bool:
    """Say whether SMS go to that country, or the phone itself has written to us."""
    return not is_abroad(phone, countries) or bool(connection.all(_HAS_WRITTEN, phone=phone))


def enqueue_code(
    connection: Connection, message: Outgoing, who: Asker, countries: frozenset[str]
) -> bool:
    """Owe the SMS with a code, or withhold it; say which."""
    phone = message.address.value
    fits = may_reach(connection, phone, countries) and not count(
        connection, code_bounds(phone, who), at=message.created_at, key=message.key
    )
    enqueue(connection, message, status=QUEUED if fits else WITHHELD)
    return fits


def enqueue_unasked(
    connection: Connection, message: Outgoing, *, record_id: int, countries: frozenset[str]
) -> None:
    """Owe an SMS about a record, or withhold it: of a phone that merely stands on the record."""
    phone = message.address.value
    if status_of(connection, message.key):
        return
    if connection.all(_PROVEN, phone=phone, record_id=record_id):
        enqueue(connection, message)
        return
    due = message.due_at
    fits = may_reach(connection, phone, countries) and not count(
        connection, [unasked_bound(phone, due)], at=due, key=message.key
    )
    enqueue(connection, message, status=QUEUED if fits else WITHHELD)
