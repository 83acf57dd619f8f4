"""SMS as an operator's Jasmin delivers it: messages and receipts, each a form, to one address.

Jasmin delivers again until the body of our answer is `ACK/Jasmin`. It passes on the octets of the
SMS as they came over SMPP: `content` is those octets, `binary` the same in hex, and `coding` says
what they are: the data_coding itself, one octet (`%08`), and not its digits (0.11.1,
`routing/throwers.py`). Its HTTP connector uses GET unless it is told to POST.
"""

from collections.abc import Mapping
from typing import Final

from channels.contract import RejectedError, Request, Response
from channels.shared.forms import (
    FORM_BYTES_MAX,
    check_key,
    query_of,
    read_form,
    read_octets,
    require,
    require_id,
)
from channels.sms.coding import read_text
from channels.sms.received import Text, take
from core.messages import Channel, Event, Receipt, ReceiptStatus, Reply

_PATH: Final = "/sms/jasmin"
_ACKNOWLEDGED = Response(b"ACK/Jasmin")
_PROVIDER: Final = "jasmin"
_DIGITS_MAX = 3  # of a data_coding

_STATUS = {
    "ESME_ROK": ReceiptStatus.SENT,
    "ACCEPTD": ReceiptStatus.SENT,
    "ENROUTE": ReceiptStatus.SENT,
    "DELIVRD": ReceiptStatus.DELIVERED,
    "UNDELIV": ReceiptStatus.FAILED,
    "EXPIRED": ReceiptStatus.FAILED,
    "DELETED": ReceiptStatus.FAILED,
    "REJECTD": ReceiptStatus.FAILED,
}


class Jasmin:
    """Messages in, and what became of ours. Answers are owed, and go out by another wire."""

    name = "jasmin"
    provider = _PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {_PATH: ("GET", "POST")}
    in_band = False
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, key: str | None, country: str) -> None:
        self._key = key
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the message or the receipt, or raise `RejectedError`."""
        check_key(request, self._key)
        raw = request.body if request.method == "POST" else query_of(request)
        form = read_form(raw)
        if "message_status" in form:
            return _receipt(form)
        octets = read_octets(raw)
        words = read_text(_said(octets), _coding(octets.get("coding", b"")))
        text = Text(
            provider=self.provider,
            sender=require(form, "from"),
            to=form.get("to", ""),
            text=words or "",
            id=form.get("id", ""),
            wordless=words is None,
        )
        return take(text, request, self._country)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Acknowledge, in the only words that Jasmin takes for it."""
        return _ACKNOWLEDGED


def _said(octets: Mapping[str, bytes]) -> bytes:
    """Return the SMS as it came over SMPP."""
    if binary := octets.get("binary"):
        try:
            return bytes.fromhex(binary.decode("ascii"))
        except ValueError:
            raise RejectedError("the field binary is not hex") from None
    if "content" not in octets:
        raise RejectedError("the field content is missing")
    return octets["content"]


def _coding(field: bytes) -> int | None:
    """Return the data_coding, which may also be written in digits."""
    if field.strip().isdigit() and len(field) <= _DIGITS_MAX:
        return int(field)
    return field[0] if len(field) == 1 else None


def _receipt(form: Mapping[str, str]) -> tuple[Event, ...]:
    """Statuses of the operator, or, where it did not take the message at all, of SMPP."""
    provider_id = require_id(form, "id")
    word = form["message_status"].strip().upper()
    status = _STATUS.get(word, ReceiptStatus.FAILED if word.startswith("ESME_") else None)
    if status is None:
        return ()
    reason = word if status is ReceiptStatus.FAILED and word in _STATUS else ""
    receipt = Receipt(
        provider=_PROVIDER,
        provider_id=provider_id,
        status=status,
        reason=reason,
        channel=Channel.SMS,
    )
    return (receipt,)
