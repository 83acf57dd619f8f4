"""Say what is certain about a USSD message whose turn was cut off. Nothing is changed by it."""

from typing import Final, NamedTuple

from core.conversation.message_ids import digest, identify
from core.conversation.session import Session
from core.messages import Channel, Inbound, Prompt, Reply
from core.registration.requests import Register

LATE: Final = "late"  # the data are kept, and an SMS follows; not that anybody is registered


class Recalled(NamedTuple):
    """The reply to a message, and the registration of which it promises the outcome by SMS."""

    reply: Reply
    promised: Register | None = None


def recall(session: Session, inbound: Inbound) -> Recalled | None:
    """Return the reply to the message if it was saved, or None if nothing is certain.

    While a registration by USSD is pending, `session` being saved, the reply is that its outcome
    follows by SMS. That of a new record is queued with it, any other by the sweeper.
    """
    saved = reply_to(session, identify(inbound, session.replies).message_id)
    if saved is not None:
        return Recalled(saved)
    pending = session.pending
    if not isinstance(pending, Register) or pending.intent.channel is not Channel.USSD:
        return None
    return Recalled(Reply((Prompt(LATE),), session.language, ends=True), pending)


def reply_to(session: Session, message_id: str) -> Reply | None:
    """Return the reply to the message with that id, if it was saved."""
    message = digest(message_id)
    return next((one.reply for one in session.replies if one.message == message), None)
