"""What a fresh registration owes the person, besides the answer on the screen."""

from core.messages import AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.registration.intent import RegistrationIntent

_SETTLED = frozenset({"verified", "not_listed"})  # what the person can act on


def confirmation(intent: RegistrationIntent, number: str, status: str) -> Outgoing | None:
    """Return the SMS that repeats a number told on a USSD screen, which is gone in seconds."""
    if intent.channel is not Channel.USSD or intent.address.kind is not AddressKind.PHONE:
        return None
    args = {"number": number, "full_name": intent.full_name}
    settled = status in _SETTLED
    said = Prompt(f"registered_sms_{status}" if settled else "registered_sms", args)
    return Outgoing(
        key=f"{intent.intent_id}/confirmation",
        channel=Channel.SMS,
        address=intent.address,
        reply=Reply((said,), intent.language, ends=True),
        created_at=intent.received_at,
        answers_request=False,
    )
