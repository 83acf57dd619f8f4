"""The SMS that follows a registration by USSD."""

from core.messages import AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.registration.intent import RegistrationIntent

_SETTLED = frozenset({"verified", "not_listed"})  # statuses that the person can act on


def confirmation(intent: RegistrationIntent, number: str, status: str) -> Outgoing | None:
    """Return the SMS that repeats the number: a USSD screen is gone in seconds. Else None."""
    if intent.channel is not Channel.USSD or intent.address.kind is not AddressKind.PHONE:
        return None
    args = {"number": number, "full_name": intent.full_name}
    settled = status in _SETTLED
    prompt = Prompt(f"registered_sms_{status}" if settled else "registered_sms", args)
    return Outgoing(
        key=f"{intent.intent_id}/confirmation",
        channel=Channel.SMS,
        address=intent.address,
        reply=Reply((prompt,), intent.language, ends=True),
        created_at=intent.received_at,
        answers_request=False,
    )
