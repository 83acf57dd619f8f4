"""One text message as every SMS wire delivers it, and the reading of it that they share."""

from dataclasses import dataclass, field

from channels.contract import RejectedError, Request
from channels.shared.forms import ID_CHARS_MAX, digest, msisdn, written_to
from core.messages import Channel, Inbound


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What was delivered, as it was written there. `sent_at` is theirs; we only compare it."""

    provider: str
    sender: str = field(repr=False)
    to: str = ""
    text: str = field(default="", repr=False)
    id: str = ""
    sent_at: str = ""
    wordless: bool = False


def take(text: Text, request: Request, country: str) -> tuple[Inbound, ...]:
    """Return the message, or nothing where its sender is no phone.

    A short code or a sender with a name cannot be answered. It is accepted and dropped, because a
    gateway that is told no delivers it again, for hours.
    """
    try:
        address = msisdn(text.sender, country)
    except RejectedError:
        return ()
    inbound = Inbound(
        channel=Channel.SMS,
        provider=text.provider,
        address=address,
        message_id=_message_id(text),
        received_at=request.received_at,
        text=text.text,
        wordless=text.wordless,
        thread=written_to(text.to),
    )
    return (inbound,)


def _message_id(text: Text) -> str:
    """Return the provider's id, or what else tells this message from the next."""
    if 0 < len(text.id) <= ID_CHARS_MAX and text.id.isascii() and text.id.isprintable():
        return text.id
    return digest(text.id, text.sender, text.to, text.sent_at, text.text)
