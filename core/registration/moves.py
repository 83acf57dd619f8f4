"""Tell people whose WhatsApp number or user id changed how to take their registration along.

The provider's word links nothing. People do it as with any new phone: by a code that goes to the
phone on file.
"""

from typing import Final

from core.database.statements import Connection, Row, Statement
from core.events import Moved
from core.messages import Address, AddressKind, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.store import enqueue
from core.outbox.withholding import enqueue_unasked
from core.registration.addresses import address_columns
from core.registration.standing import CURRENT

TOLD_MAX: Final = 3  # registrations of people who share the number, the oldest first

_LINKED = Statement(
    """
    SELECT records.id, records.number, records.language
    FROM addresses
    JOIN records ON records.id = addresses.record_id
    WHERE addresses.kind = :kind
        AND addresses.value = :value
        AND addresses.verified = 1
        AND records.campaign = :campaign
        AND {current}
        AND NOT EXISTS (
            SELECT 1
            FROM addresses AS others
            WHERE others.record_id = records.id
                AND others.kind = :new_kind
                AND others.value = :new_value
                AND others.verified = 1
        )
        AND NOT EXISTS (
            SELECT 1
            FROM opt_outs
            WHERE opt_outs.kind = :kind AND opt_outs.value = :value AND opt_outs.out = 1
        )
    ORDER BY records.id
    LIMIT :most
    """,
    current=CURRENT,
)


def tell_moved(
    connection: Connection, *, moved: Moved, campaign: str, countries: frozenset[str]
) -> None:
    """Queue, once, a message to the new address for each registration linked to an old one."""
    new = moved.new
    if new is None:
        return
    where = {"campaign": campaign, "new_kind": new.kind.value, "new_value": new.value}
    for old in moved.old:
        place = address_columns(old)
        for row in connection.all(_LINKED, **where, **place, most=TOLD_MAX):
            _tell(connection, _message(moved, new, row), row[0], countries)


def _tell(
    connection: Connection, message: Outgoing, record_id: int, countries: frozenset[str]
) -> None:
    if message.address.kind is AddressKind.PHONE:
        enqueue_unasked(connection, message, record_id=record_id, countries=countries)
    else:
        enqueue(connection.of_record(record_id), message)


def _message(moved: Moved, new: Address, row: Row) -> Outgoing:
    record_id, number, language = row
    return Outgoing(
        key=f"{new.conversation}/{moved.message_id}/moved/{record_id}",
        channel=moved.channel,
        address=new,
        reply=Reply((Prompt("number_moved", {"number": number}),), language, ends=True),
        created_at=moved.received_at,
        answers_request=False,
    )
