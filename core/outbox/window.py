"""WhatsApp's window: free text reaches a person for a day after the person's last message."""

from datetime import datetime, timedelta
from typing import Final

from core.database.statements import Connection, Statement
from core.messages import Address
from core.outbox.message import Outgoing

WINDOW: Final = timedelta(hours=23, minutes=30)  # half an hour is left for the way to the provider

# Every message of the person is answered, and each answer has the time of that message.
_LAST_ASKED = Statement("""
    SELECT MAX(created_at)
    FROM outbox
    WHERE kind = :kind
        AND value = :value
        AND channel = 'whatsapp'
        AND answers_request = 1
""")


def answers_within(message: Outgoing, at: datetime) -> bool:
    """Return True if the message answers one that is itself young enough."""
    return message.answers_request and at - message.created_at < WINDOW


def is_closed(connection: Connection, address: Address, at: datetime) -> bool:
    """Return True if the last message that we answered there is too old; False if there is none.

    A provider that answers in band leaves no answer in the outbox: ask only of one that does not.
    """
    row = connection.one(_LAST_ASKED, kind=address.kind.value, value=address.value)
    last = row[0] if row else None
    return last is not None and at - datetime.fromisoformat(last) >= WINDOW
