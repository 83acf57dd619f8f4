"""What Twilio's SMS and WhatsApp share: webhooks, TwiML, the API and its receipts.

Twilio adds fields without notice; unknown ones are ignored.
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

import re
from base64 import b64encode
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Annotated, Final
from urllib.parse import quote

import msgspec

from channels.contract import Delivery, Refusal, Refused, RejectedError, Request, Response, Sent
from channels.shared.choices import read_choice, read_tapped
from channels.shared.forms import (
    ID_CHARS_MAX,
    marks_template,
    read_query,
    read_reference,
    require_id,
)
from channels.shared.locations import read_location
from channels.shared.refusals import SUCCESS, classify_refusal
from core.events import Event, OptOut, Receipt, ReceiptStatus
from core.messages import Address, Channel, Location

PROVIDER: Final = "twilio"
API_URL: Final = "https://api.twilio.com"
TEXT_CHARACTERS_MAX = 4_096  # more than phones send, and than the conversation takes
BODY_CHARACTERS_MAX = 1_600  # of one message of ours, SMS or WhatsApp (error 21617)

_ID_FIELDS = ("MessageSid", "SmsMessageSid", "SmsSid")
_PAYLOAD_FIELDS = ("ButtonPayload", "ListId")
_TEXT_FIELDS = ("ButtonText", "ListTitle", "Body")
_TEXT_TYPES = frozenset({"", "text", "button", "interactive"})
_OPT_OUT_TYPES = frozenset({"STOP", "START"})
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ERROR_CODE = re.compile(r"[0-9]{1,9}")
_SID = re.compile(rf"[!-~]{{1,{ID_CHARS_MAX}}}")

_STATUS = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "undelivered": ReceiptStatus.FAILED,
    "failed": ReceiptStatus.FAILED,
}
_REFERENCE = "ref"  # the parameter of our reference in the receipts' URL
_WINDOW_CLOSED = 63016  # over 24 hours after the person's last message: only templates
_REASONS = {_WINDOW_CLOSED: "window"}
_OPTED_OUT = 21610
_ACCOUNT_CODES = (
    *(20003, 10001),  # our token; our account is inactive
    *(21212, 21659, 63007),  # our sender: no number, another account's, not on WhatsApp
    *(60728, 63038),  # hourly and daily limits
    63112,  # Meta has disabled the account
)
# Our contents and templates: unknown, wrongly filled, rejected, paused or disabled.
_CONTENT_CODES = (21655, 21656, 63027, 63028, 63040, 63041, 63042)
_REFUSALS = {  # https://www.twilio.com/docs/api/errors
    **dict.fromkeys(_ACCOUNT_CODES, Refusal.OUR_ACCOUNT),
    **dict.fromkeys(_CONTENT_CODES, Refusal.OUR_TEMPLATE),
    **dict.fromkeys((20429, 63018), Refusal.LATER),  # rate limits: of the account, of WhatsApp
    **dict.fromkeys((21211, 21217, 21614), Refusal.NOBODY),  # no provider reaches the number
    _OPTED_OUT: Refusal.OPTED_OUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Our account; `public_url` is ours, where receipts arrive, `api_url` Twilio's."""

    sid: str
    token: str = field(repr=False)
    public_url: str
    api_url: str = API_URL


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """The content of one message, by SMS or WhatsApp; `wordless` if it has only media."""

    id: str
    text: str = field(default="", repr=False)
    tapped: str = field(default="", repr=False)
    wordless: bool = False
    location: Location | None = field(default=None, repr=False)


def read_message(form: Mapping[str, str], commands: Container[str]) -> ReceivedMessage:
    """Return the message; raise `RejectedError` without an id, which makes it unique.

    An opt-out that Twilio recognised, by the account's own list of words, becomes `STOP` or
    `START`. Media with a caption counts as its caption.
    """
    message_id = _id(form)
    opted = _field(form, "OptOutType").upper()
    if opted in _OPT_OUT_TYPES:
        return ReceivedMessage(message_id, opted)
    if latitude := _field(form, "Latitude"):
        location = read_location(latitude, _field(form, "Longitude"))
        return ReceivedMessage(message_id, wordless=location is None, location=location)
    payload, title = _first(form, _PAYLOAD_FIELDS), _first(form, _TEXT_FIELDS)
    words = read_choice(payload, title, commands)
    is_media = (
        _field(form, "NumMedia") not in {"", "0"} or _field(form, "MessageType") not in _TEXT_TYPES
    )
    return ReceivedMessage(
        message_id,
        words[:TEXT_CHARACTERS_MAX],
        tapped=read_tapped(payload, title)[:TEXT_CHARACTERS_MAX],
        wordless=is_media and not words,
    )


def read_receipt(
    channel: Channel,
    request: Request,
    form: Mapping[str, str],
    read_address: Callable[[str], Address],
) -> tuple[Event, ...]:
    """Return the receipt, and an opt-out if that is why the message failed."""
    provider_id = _id(form)
    status = _STATUS.get(_field(form, "MessageStatus") or _field(form, "SmsStatus"))
    if status is None:
        return ()
    code = _field(form, "ErrorCode") if status is ReceiptStatus.FAILED else ""
    reason = _reason(int(code)) if _ERROR_CODE.fullmatch(code) else ""
    reference = read_query(request).get(_REFERENCE, "") if request.query else ""
    receipt = Receipt(
        provider=PROVIDER,
        provider_id=provider_id,
        status=status,
        reason=reason,
        reference=read_reference(reference),
        template=marks_template(reference),
        final=code == str(_OPTED_OUT),
        channel=channel,
    )
    if not receipt.final:
        return (receipt,)
    try:
        return receipt, OptOut(address=read_address(_field(form, "To")))
    except RejectedError:
        return (receipt,)


def _id(form: Mapping[str, str]) -> str:
    return require_id(
        form, next((name for name in _ID_FIELDS if _field(form, name)), _ID_FIELDS[0])
    )


def _first(form: Mapping[str, str], names: Iterable[str]) -> str:
    return next((form[name] for name in names if _field(form, name)), "")


def _field(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()


def twiml(messages: Iterable[str] = ()) -> Response:
    """Return the response that has Twilio send these messages, or none."""
    xml = "".join(
        [f"<Message>{escape(_NOT_XML.sub('', text), quote=False)}</Message>" for text in messages]
    )
    root = f"<Response>{xml}</Response>" if xml else "<Response/>"
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>{root}'.encode(),
        content_type="text/xml; charset=utf-8",
    )


def compose_delivery(
    account: TwilioAccount, *, receipts: str, reference: str = "", **form: str
) -> Delivery:
    """Return the request that sends a message; its receipts go to the path `receipts`.

    They repeat `reference`, and so settle a message whose sid we never received.
    """
    query = f"?{_REFERENCE}={reference}" if reference else ""
    sid = quote(account.sid, safe="")
    basic = b64encode(f"{account.sid}:{account.token}".encode()).decode()
    return Delivery(
        url=f"{account.api_url.rstrip('/')}/2010-04-01/Accounts/{sid}/Messages.json",
        headers={"authorization": f"Basic {basic}", "accept": "application/json"},
        form={**form, "StatusCallback": account.public_url.rstrip("/") + receipts + query},
    )


class _Answer(msgspec.Struct):
    sid: str | None = None
    code: Annotated[int, msgspec.Meta(ge=0, lt=10**9)] | None = None


def read_response(status: int, body: bytes) -> Sent | Refused:
    """Read the API's response to a message. Total: any status and body."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (ValueError, RecursionError):
        answer = _Answer()
    if status in SUCCESS:
        if answer.sid and _SID.fullmatch(answer.sid):
            return Sent(answer.sid)
        return Refused("unreadable", Refusal.UNSURE)
    if answer.code is None:
        return Refused(f"http_{status}", classify_refusal(status))
    return Refused(_reason(answer.code), classify_refusal(status, _REFUSALS.get(answer.code)))


def _reason(code: int) -> str:
    return _REASONS.get(code, f"code_{code}")
