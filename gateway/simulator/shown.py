"""A queued message as the device of its channel shows it."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from channels.email.letter import OwnMailbox
from channels.sms.sending import short_text
from channels.whatsapp.meta import MetaCarrier
from core.messages import Channel
from core.outbox.message import Outgoing
from core.wording.catalog import Wording
from core.wording.gsm7 import segments
from gateway.mail.relay import write_letter


class Shown:
    """Renders as the carriers do, so that nothing here can look better than the real thing."""

    def __init__(self, wording: Wording, mailbox: OwnMailbox, public_url: str) -> None:
        self._wording, self._mailbox = wording, mailbox
        self._whatsapp = MetaCarrier("", "0", public_url, wording)

    def shown(self, message: Outgoing) -> dict[str, Any]:
        """Return `text`, and what else its channel has: `parts`, `content`, `subject`, `files`."""
        if message.is_blank:
            return {"text": ""}
        if message.channel is Channel.WHATSAPP:
            content: dict[str, Any] = dict(self._whatsapp.compose(message).json or {})
            kinds = ("type", "text", "interactive", "image")
            kept = {name: content[name] for name in kinds if name in content}
            return {"text": self._wording.text(message.reply, "long"), "content": kept}
        if message.channel is Channel.EMAIL:
            return _letter(self.letter(message))
        text = short_text(self._wording, message.reply)
        return {"text": text, "parts": segments(text)}

    def letter(self, message: Outgoing) -> bytes:
        """Return the letter that carries a message."""
        return write_letter(message, self._wording, self._mailbox)


def _letter(raw: bytes) -> dict[str, Any]:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage), "the policy makes it so"
    body = mail.get_body(("plain",))
    text = body.get_content().replace("\r", "").strip() if body else ""
    files = [part.get_filename() for part in mail.iter_attachments()]
    return {"text": text, "subject": str(mail["Subject"]), "files": files}
