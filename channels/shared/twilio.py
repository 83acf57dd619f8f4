"""Twilio's wire as SMS and WhatsApp share it: what it posts, TwiML, its API and its receipts.

Twilio adds fields without notice; what we don't know is left alone.
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
from channels.shared.choosing import chosen
from channels.shared.forms import ID_CHARS_MAX, read_query, read_reference, require_id
from channels.shared.locations import read_location
from channels.shared.refusals import TOOK, refusal
from core.messages import Address, Channel, Event, Location, OptOut, Receipt, ReceiptStatus

PROVIDER: Final = "twilio"
API_URL: Final = "https://api.twilio.com"
TEXT_CHARACTERS_MAX = 4_096  # more than anyone's phone sends, and than the conversation takes
BODY_CHARACTERS_MAX = 1_600  # of one message of ours, SMS or WhatsApp (error 21617)

_IDS = ("MessageSid", "SmsMessageSid", "SmsSid")
_NAMES = ("ButtonPayload", "ListId")
_WORDS = ("ButtonText", "ListTitle", "Body")
_WORDED = frozenset({"", "text", "button", "interactive"})
_OPTED = frozenset({"STOP", "START"})
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CODE = re.compile(r"[0-9]{1,9}")
_SID = re.compile(rf"[!-~]{{1,{ID_CHARS_MAX}}}")

_STATUS = {
    "sent": ReceiptStatus.SENT,
    "delivered": ReceiptStatus.DELIVERED,
    "read": ReceiptStatus.READ,
    "undelivered": ReceiptStatus.FAILED,
    "failed": ReceiptStatus.FAILED,
}
_REFERENCE = "ref"  # the name of our own id in the address that receipts go to
_TOO_LATE = 63016  # more than 24 hours after the person last wrote, only templates may be sent
_WHY = {_TOO_LATE: "window"}
_OPTED_OUT = 21610
_OURS = (
    *(20003, 10001),  # our token, our account is not active
    *(21212, 21659, 63007),  # our sender: no number, not this account's, no WhatsApp's
    *(60728, 63038),  # an hour's and a day's limit
    63112,  # Meta has disabled the account
)
_MEANS = {  # https://www.twilio.com/docs/api/errors
    **dict.fromkeys(_OURS, Refusal.OUR_ACCOUNT),
    **dict.fromkeys((20429, 63018), Refusal.LATER),  # too many: for the account, for WhatsApp
    **dict.fromkeys((21211, 21217, 21614), Refusal.NOBODY),  # nobody else reaches the number
    _OPTED_OUT: Refusal.OPTED_OUT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Whose messages are sent, where to, and at which address of ours receipts arrive."""

    sid: str
    token: str = field(repr=False)
    public_url: str
    api_url: str = API_URL


@dataclass(frozen=True, slots=True)
class ReceivedMessage:
    """What one message says, whichever door it came by."""

    id: str
    text: str = field(default="", repr=False)
    wordless: bool = False
    location: Location | None = field(default=None, repr=False)


def read_message(form: Mapping[str, str], commands: Container[str]) -> ReceivedMessage:
    """Return the message; without an id it cannot be told from the next, and is refused.

    A picture with words under it says those words. A stop that Twilio heard, it heard in words
    of its own lists, which the account may have changed; so the conversation is told plainly.
    """
    message_id = _id(form)
    opted = _field(form, "OptOutType").upper()
    if opted in _OPTED:
        return ReceivedMessage(message_id, opted)
    if latitude := _field(form, "Latitude"):
        place = read_location(latitude, _field(form, "Longitude"))
        return ReceivedMessage(message_id, wordless=place is None, location=place)
    words = chosen(_first(form, _NAMES), _first(form, _WORDS), commands)
    odd = _field(form, "NumMedia") not in {"", "0"} or _field(form, "MessageType") not in _WORDED
    return ReceivedMessage(message_id, words[:TEXT_CHARACTERS_MAX], wordless=odd and not words)


def read_receipt(
    channel: Channel,
    request: Request,
    form: Mapping[str, str],
    read_address: Callable[[str], Address],
) -> tuple[Event, ...]:
    """Return how far a message of ours got, and that its reader wants no more, if that is why."""
    provider_id = _id(form)
    status = _STATUS.get(_field(form, "MessageStatus") or _field(form, "SmsStatus"))
    if status is None:
        return ()
    code = _field(form, "ErrorCode") if status is ReceiptStatus.FAILED else ""
    reason = _why(int(code)) if _CODE.fullmatch(code) else ""
    receipt = Receipt(
        provider=PROVIDER,
        provider_id=provider_id,
        status=status,
        reason=reason,
        reference=read_reference(read_query(request).get(_REFERENCE, "")) if request.query else "",
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
    return require_id(form, next((name for name in _IDS if _field(form, name)), _IDS[0]))


def _first(form: Mapping[str, str], names: Iterable[str]) -> str:
    return next((form[name] for name in names if _field(form, name)), "")


def _field(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()


def twiml(messages: Iterable[str] = ()) -> Response:
    """Return the answer that has Twilio send these messages, or nothing."""
    said = "".join(
        [f"<Message>{escape(_NOT_XML.sub('', text), quote=False)}</Message>" for text in messages]
    )
    words = f"<Response>{said}</Response>" if said else "<Response/>"
    return Response(
        f'<?xml version="1.0" encoding="UTF-8"?>{words}'.encode(),
        content_type="text/xml; charset=utf-8",
    )


def deliver(
    account: TwilioAccount, *, receipts: str, reference: str = "", **form: str
) -> Delivery:
    """Return the request that has Twilio send a message, and tell `receipts` what became of it.

    The receipts bear `reference`, so that a message is known by it whose sid we never heard.
    """
    named = f"?{_REFERENCE}={reference}" if reference else ""
    sid = quote(account.sid, safe="")
    basic = b64encode(f"{account.sid}:{account.token}".encode()).decode()
    return Delivery(
        url=f"{account.api_url.rstrip('/')}/2010-04-01/Accounts/{sid}/Messages.json",
        headers={"authorization": f"Basic {basic}", "accept": "application/json"},
        form={**form, "StatusCallback": account.public_url.rstrip("/") + receipts + named},
    )


class _Answer(msgspec.Struct):
    sid: str | None = None
    code: Annotated[int, msgspec.Meta(ge=0, lt=10**9)] | None = None


def read_verdict(status: int, body: bytes) -> Sent | Refused:
    """Read what Twilio's API answered to a message. Total: any status and body."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (ValueError, RecursionError):
        answer = _Answer()
    if status in TOOK:
        if answer.sid and _SID.fullmatch(answer.sid):
            return Sent(answer.sid)
        return Refused("unreadable", Refusal.UNSURE)
    if answer.code is None:
        return Refused(f"http_{status}", refusal(status))
    return Refused(_why(answer.code), refusal(status, _MEANS.get(answer.code)))


def _why(code: int) -> str:
    return _WHY.get(code, f"code_{code}")
