"""One SMS as any provider delivers it, and its translation into an `Inbound`."""

from dataclasses import dataclass, field

from channels.contract import RejectedError, Request
from channels.shared.forms import ID_CHARS_MAX, digest, msisdn, thread_to
from core.messages import Channel, Inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSms:
    """The fields of a delivered SMS, unparsed. `sent_at` is opaque; see `_message_id`."""

    provider: str
    sender: str = field(repr=False)
    to: str = ""
    text: str = field(default="", repr=False)
    id: str = ""
    sent_at: str = ""
    wordless: bool = False


def to_inbound(sms: ReceivedSms, request: Request, country: str) -> tuple[Inbound, ...]:
    """Return the message, or nothing if its sender is a short code or a name.

    These cannot be answered. They are accepted and dropped, because gateways redeliver what we
    turn away, for hours.
    """
    try:
        address = msisdn(sms.sender, country)
    except RejectedError:
        return ()
    inbound = Inbound(
        channel=Channel.SMS,
        provider=sms.provider,
        address=address,
        message_id=_message_id(sms),
        received_at=request.received_at,
        text=sms.text,
        wordless=sms.wordless,
        thread=thread_to(sms.to),
    )
    return (inbound,)


def _message_id(sms: ReceivedSms) -> str:
    """Return the provider's id, or a fingerprint of the SMS if that is missing or unusable."""
    if 0 < len(sms.id) <= ID_CHARS_MAX and sms.id.isascii() and sms.id.isprintable():
        return sms.id
    return digest(sms.id, sms.sender, sms.to, sms.sent_at, sms.text)
