"""SMS as an operator's Jasmin delivers it: messages and receipts, each a form, to one address.

Jasmin delivers again until the body of our answer is `ACK/Jasmin`. It passes on the octets of the
SMS as they came over SMPP: `content` is those octets, `binary` the same in hex, and `coding` says
what they are (the data_coding of SMPP 3.4, 5.2.19).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from channels.base import RejectedError, Request, Response
from channels.forms import FIELDS_MAX, FORM_BYTES_MAX, check_key, read_form, require, require_id
from channels.sms.text import Text, take
from core.message import Channel, Event, Receipt, ReceiptStatus, Reply

_PATH: Final = "/sms/jasmin"
_ACKNOWLEDGED = Response(b"ACK/Jasmin")
_PROVIDER: Final = "jasmin"

_GSM, _LATIN_1, _UCS_2 = "0", "3", "8"
_BINARY = frozenset({"2", "4"})
_ESCAPE: Final = "\x1b"
# GSM 03.38 (3GPP TS 23.038, 6.2.1): the letter of each octet, and of each octet after an escape.
_LETTERS = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    + "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED = dict(zip("\nΛ()/<=>¡e", "\f^{}\\[~]|€", strict=True))

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
    paths: Mapping[str, tuple[str, ...]] = {_PATH: ("POST",)}
    in_band = False
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, key: str | None, country: str) -> None:
        self._key = key
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the message or the receipt, or raise `RejectedError`."""
        check_key(request, self._key)
        form = read_form(request.body)
        if "message_status" in form:
            return _receipt(form)
        coding = form.get("coding", "").strip()
        text = Text(
            provider=self.provider,
            sender=require(form, "from"),
            to=form.get("to", ""),
            text="" if coding in _BINARY else _decode(_octets(form, request.body), coding),
            id=form.get("id", ""),
            wordless=coding in _BINARY,
        )
        return take(text, request, self._country)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Acknowledge, in the only words that Jasmin takes for it."""
        return _ACKNOWLEDGED


def _octets(form: Mapping[str, str], body: bytes) -> bytes:
    """Return the SMS as it came over SMPP."""
    if binary := form.get("binary"):
        try:
            return bytes.fromhex(binary)
        except ValueError:
            raise RejectedError("the field binary is not hex") from None
    pairs = parse_qsl(  # once more, as octets: those of a UCS-2 text are no UTF-8
        body.decode("latin-1"),
        keep_blank_values=True,
        encoding="latin-1",
        max_num_fields=FIELDS_MAX,
    )
    fields = dict(pairs)
    if "content" not in fields:
        raise RejectedError("the field content is missing")
    return fields["content"].encode("latin-1")


def _decode(octets: bytes, coding: str) -> str:
    if coding == _UCS_2:
        text = octets.decode("utf-16-be", errors="replace")
    elif coding == _LATIN_1:
        text = octets.decode("latin-1")
    elif coding == _GSM and max(octets, default=0) < len(_LETTERS):
        text = _gsm(octets)
    else:  # ASCII, or a gateway that converts and says so or not
        text = octets.decode(errors="replace")
    return text.replace("\0", "\ufffd")


def _gsm(octets: bytes) -> str:
    head, *escaped = "".join([_LETTERS[octet] for octet in octets]).split(_ESCAPE)
    return head + "".join([_ESCAPED.get(part[:1], part[:1]) + part[1:] for part in escaped])


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
