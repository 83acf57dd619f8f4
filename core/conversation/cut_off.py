"""Say what is certain about a USSD message whose turn was cut off. Nothing is changed by it."""

from typing import Final

from core.conversation.message_ids import digest, identify
from core.conversation.session import Session
from core.messages import Channel, Inbound, Prompt, Reply
from core.registration.requests import Register

LATE: Final = "late"  # the data are kept, and an SMS follows; not that anybody is registered


def recall(session: Session, inbound: Inbound) -> Reply | None:
    """Return the reply to the message if it was saved, or None if nothing is certain.

    While a registration by USSD is pending, `session` being saved, the reply is that its outcome
    follows by SMS. That of a new record is queued with it, any other by the sweeper.
    """
    message, pending = digest(identify(inbound, session.replies).message_id), session.pending
    for earlier in session.replies:
        if earlier.message == message:
            return earlier.reply
    if not isinstance(pending, Register) or pending.intent.channel is not Channel.USSD:
        return None
    return Reply((Prompt(LATE),), session.language, ends=True)
