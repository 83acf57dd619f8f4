"""SMS as an operator's Kannel carries it: messages in, answered in the response, and others out.

Kannel sends the response's body as an SMS: the answer needs no account to send from, and cannot be
lost between two systems. Its `sms-service` needs `max-messages = 3`, `concatenation = true` and
`omit-empty = true`, and a `post-url` with `send-sender = true`, which posts the message as the
body and the rest as headers (Kannel user guide, `sms-service`). A `get-url` of
`…/sms/kannel?key=…&sender=%p&to=%P&ts=%t&id=%I&charset=%C&coding=%c&message=%a` works too; but
`%a` replaces octets 09 to 0D by blanks, which corrupts some letters in UCS-2.

Other messages go to `sendsms` of its smsbox, which takes what it needs as headers: in an address,
the password and the person's number would stand in logs. Kannel gives a message no id, so that its
receipts bear ours.
"""

from collections.abc import Mapping
from typing import Final

from channels.contract import Delivery, Refusal, Refused, RejectedError, Request, Response, Sent
from channels.shared.forms import (
    FORM_BYTES_MAX,
    Keys,
    check_key,
    query_of,
    read_form,
    read_octets,
    read_query,
    read_reference,
    require,
)
from channels.shared.refusals import SUCCESS
from channels.sms.received import ReceivedSms, to_inbound
from channels.sms.sending import (
    REFERENCE,
    GatewayAccount,
    refused_by_gateway,
    sender_of,
    short_text,
)
from core.events import Event, Receipt, ReceiptStatus
from core.messages import Channel, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording
from core.wording.gsm7 import to_gsm7

PROVIDER: Final = "kannel"

_PATH: Final = "/sms/kannel"
_RECEIPTS: Final = "/sms/kannel/receipts"
_FORM: Final = "application/x-www-form-urlencoded"
_BINARY: Final = "application/octet-stream"
_HEADERS = {
    "sender": "x-kannel-from",
    "to": "x-kannel-to",
    "ts": "x-kannel-time",
    "id": "x-kannel-id",
}
_EIGHT_BIT: Final = "1"  # the `coding` of data
_CODECS = {
    "utf-8": "utf-8",
    "utf-16be": "utf-16-be",
    "utf-16": "utf-16-be",
    "ucs-2": "utf-16-be",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
}
_STATUS = {
    "1": ReceiptStatus.DELIVERED,
    "2": ReceiptStatus.FAILED,  # undelivered
    "8": ReceiptStatus.SENT,  # the operator's centre took it
    "16": ReceiptStatus.FAILED,  # the operator's centre refused it
}
_REASONS = {"2": "undelivered", "16": "rejected"}
_REPORTED: Final = str(sum(map(int, _STATUS)))  # without 4, which says that it waits
_TAKEN: Final = (b"0:", b"3:")  # accepted, queued until the operator's centre is back


class Kannel:
    """Receives messages, which it answers in the response, and receipts."""

    name = "kannel"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {_PATH: ("GET", "POST"), _RECEIPTS: ("GET",)}
    in_band = True
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, wording: Wording, keys: Keys, country: str) -> None:
        self._wording = wording
        self._keys = keys
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the message or the receipt, or raise `RejectedError`."""
        check_key(request, self._keys)
        if request.path == _RECEIPTS:
            return _receipt(read_query(request))
        fields = _fields(request)
        if "message" not in fields:
            raise RejectedError("the field message is missing")
        wordless = fields.get("coding") == _EIGHT_BIT or _content_type(request) == _BINARY
        sms = ReceivedSms(
            provider=self.provider,
            sender=require(fields, "sender"),
            to=fields.get("to", "").strip(),
            text="" if wordless else fields["message"],
            id=fields.get("id", ""),
            sent_at=fields.get("ts", ""),
            wordless=wordless,
        )
        return to_inbound(sms, request, self._country)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the text that Kannel sends, or an empty body."""
        if reply is None or not reply.prompts:
            return Response()
        words = to_gsm7(self._wording.text(reply, "short"))
        return Response(words.encode(errors="replace"))


class KannelCarrier:
    """Sends SMS through Kannel's smsbox."""

    provider = PROVIDER
    echoes_reference = True

    def __init__(self, account: GatewayAccount, wording: Wording) -> None:
        self._account = account
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request that hands the message over."""
        account = self._account
        # Kannel replaces escapes of its own in the address: %d by the status.
        receipts = account.receipts_url(_RECEIPTS, reference).replace("%", "%%")
        headers = {
            "content-type": "text/plain; charset=utf-8",
            "x-kannel-username": account.username,
            "x-kannel-password": account.password,
            "x-kannel-from": sender_of(message, self.provider) or account.sender,
            "x-kannel-to": message.address.value,
            "x-kannel-coding": "0",
            "x-kannel-charset": "UTF-8",
            "x-kannel-dlr-mask": _REPORTED,
            "x-kannel-dlr-url": f"{receipts}&status=%d",
        }
        text = short_text(self._wording, message.reply)
        return Delivery(url=account.url, headers=headers, content=text.encode())

    def read_response(self, status: int, body: bytes) -> Sent | Refused:
        """Read the response, whose body is a sentence."""
        if status not in SUCCESS:
            return refused_by_gateway(status)
        return Sent("") if body.startswith(_TAKEN) else Refused("unreadable", Refusal.UNSURE)


def _receipt(query: Mapping[str, str]) -> tuple[Event, ...]:
    reference = read_reference(require(query, REFERENCE))
    code = query.get("status", "").strip()
    if not reference or code not in _STATUS:
        return ()
    receipt = Receipt(
        provider=PROVIDER,
        provider_id=reference,
        status=_STATUS[code],
        reason=_REASONS.get(code, ""),
        reference=reference,
        channel=Channel.SMS,
    )
    return (receipt,)


def _fields(request: Request) -> dict[str, str]:
    if request.method != "POST":
        return _form(query_of(request))
    if _content_type(request) in {_FORM, ""}:
        return _form(query_of(request) + b"&" + request.body)
    headers = request.headers
    named = {name: headers[header] for name, header in _HEADERS.items() if header in headers}
    _, _, charset = headers.get("content-type", "").lower().partition("charset=")
    return read_query(request) | named | {"message": _decode(request.body, charset)}


def _form(form: bytes) -> dict[str, str]:
    """Return the fields, the message decoded by the field `charset`."""
    fields = read_form(form)
    if "message" in fields and (charset := fields.get("charset")):
        fields["message"] = _decode(read_octets(form)["message"], charset)
    return fields


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _decode(octets: bytes, charset: str) -> str:
    codec = _CODECS.get(charset.strip(' "').lower(), "utf-8")
    return octets.decode(codec, errors="replace").replace("\0", "\ufffd")
