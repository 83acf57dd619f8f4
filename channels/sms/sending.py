"""What carriers of SMS share: the text, the sender, the receipts' URL, a gateway's refusals."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from channels.contract import Refusal, Refused
from channels.shared.forms import Keys
from channels.shared.refusals import MISDIRECTED, classify_refusal
from core.events import ReceiptStatus
from core.messages import Channel, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording
from core.wording.gsm7 import PART_SEPTETS, septets, to_gsm7

SEGMENTS_MAX: Final = 3  # of one message; longer ones are paged
SEPTETS_MAX: Final = SEGMENTS_MAX * PART_SEPTETS
REFERENCE: Final = "ref"  # the parameter of our reference in the receipts' URL
_SENDER: Final = re.compile(r"[A-Za-z0-9 +]{1,16}")  # a name, a short code or an E.164 number

# The state of a message in an operator's delivery receipt (SMPP 3.4, appendix B).
STATES: Final = {
    "ACCEPTD": ReceiptStatus.SENT,
    "ENROUTE": ReceiptStatus.SENT,
    "DELIVRD": ReceiptStatus.DELIVERED,
    "UNDELIV": ReceiptStatus.FAILED,
    "EXPIRED": ReceiptStatus.FAILED,
    "DELETED": ReceiptStatus.FAILED,
    "REJECTD": ReceiptStatus.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAccount:
    """Our account at an operator's SMS gateway, `url` being where it takes messages.

    SMS are from `sender`, our short code, unless they say otherwise. Receipts arrive at
    `public_url`, with the first of `keys`.
    """

    url: str
    username: str
    password: str = field(repr=False)
    sender: str
    public_url: str
    keys: Keys = field(default=(), repr=False)

    def receipts_url(self, path: str, reference: str) -> str:
        """Return where receipts of that message of ours arrive."""
        key = f"key={quote(self.keys[0], safe='')}&" if self.keys else ""
        return f"{self.public_url.rstrip('/')}{path}?{key}{REFERENCE}={reference}"


def short_text(wording: Wording, reply: Reply) -> str:
    """Return the short text in GSM-7, mostly one segment, never more than `SEGMENTS_MAX`."""
    text = to_gsm7(wording.text(reply, "short"))
    if septets(text) <= SEPTETS_MAX:
        return text
    return wording.page(reply, septets_max=SEPTETS_MAX)


def sender_of(message: Outgoing, provider: str) -> str:
    """Return the sender that the message itself names, or the number written to, or "".

    A number at another provider, or of WhatsApp, cannot send SMS here.
    """
    ours = message.provider == provider and message.channel is Channel.SMS
    sender = message.headers.get("sender") or (message.headers.get("to", "") if ours else "")
    return sender if _SENDER.fullmatch(sender) else ""


def refused_by_gateway(status: int) -> Refused:
    """Return what a status outside `SUCCESS` means at a gateway that we set up ourselves."""
    by_code = Refusal.OUR_ACCOUNT if status in MISDIRECTED else None
    return Refused(f"http_{status}", classify_refusal(status, by_code))
