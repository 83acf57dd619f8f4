"""What a fresh registration owes the person, besides the answer on the screen."""

from core.intent import RegistrationIntent
from core.message import AddressKind, Channel, Prompt, Reply
from core.ports import Outgoing


def confirmation(intent: RegistrationIntent, number: str) -> Outgoing | None:
    """Return the SMS that repeats a number told on a USSD screen, which is gone in seconds."""
    if intent.channel is not Channel.USSD or intent.address.kind is not AddressKind.PHONE:
        return None
    said = Prompt("registered_sms", {"number": number, "full_name": intent.full_name})
    return Outgoing(
        key=f"{intent.intent_id}/confirmation",
        channel=Channel.SMS,
        address=intent.address,
        reply=Reply((said,), intent.language, ends=True),
        created_at=intent.received_at,
        answers_request=False,
    )
