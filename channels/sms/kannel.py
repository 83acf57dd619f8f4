"""SMS as an operator's Kannel delivers it: one request per message, answered in the response.

Kannel sends the response's body as an SMS: the answer needs no account to send from, and cannot be
lost between two systems. Its `sms-service` needs `max-messages = 3`, `concatenation = true` and
`omit-empty = true`, and a `post-url` with `send-sender = true`, which posts the message as the
body and the rest as headers (Kannel user guide, `sms-service`). A `get-url` of
`…/sms/kannel?key=…&sender=%p&to=%P&ts=%t&id=%I&charset=%C&coding=%c&message=%a` works too; but
`%a` replaces octets 09 to 0D by blanks, which corrupts some letters in UCS-2.
"""

from collections.abc import Mapping
from typing import Final

from channels.contract import RejectedError, Request, Response
from channels.shared.forms import (
    FORM_BYTES_MAX,
    Keys,
    check_key,
    query_of,
    read_form,
    read_octets,
    read_query,
    require,
)
from channels.sms.received import ReceivedSms, to_inbound
from core.messages import Event, Reply
from core.wording.catalog import Wording
from core.wording.gsm7 import to_gsm7

_PATH: Final = "/sms/kannel"
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


class Kannel:
    """Receives messages, and answers in the response."""

    name = "kannel"
    provider = "kannel"
    paths: Mapping[str, tuple[str, ...]] = {_PATH: ("GET", "POST")}
    in_band = True
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, wording: Wording, keys: Keys, country: str) -> None:
        self._wording = wording
        self._keys = keys
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the message, or raise `RejectedError`."""
        check_key(request, self._keys)
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
