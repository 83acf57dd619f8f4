"""SMS as Africa's Talking carries it: messages, receipts and opt-outs in, our answers out.

Its answer to an unhappy status is to deliver the same again for twelve hours. So what is well
formed and yet of no use to us (a sender with a name, a status we don't know) is accepted.
Nothing is signed; the key in the address is all that tells the provider from a stranger.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from channels.contract import Delivery, Refusal, Refused, RejectedError, Request, Response, Sent
from channels.shared.forms import FORM_BYTES_MAX, check_key, msisdn, read_form, require, require_id
from channels.shared.refusals import TOOK, refusal
from channels.sms.received import Text, take
from core.messages import Channel, Event, OptOut, Receipt, ReceiptStatus, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording
from core.wording.gsm7 import to_gsm7

PROVIDER: Final = "africastalking"

_INBOUND: Final = "/sms/africastalking"
_RECEIPTS: Final = "/sms/africastalking/receipts"
_OPTOUTS: Final = "/sms/africastalking/optouts"
_CODE = re.compile(r"[A-Za-z0-9]{1,40}")
_STATUS = {
    "Sent": ReceiptStatus.SENT,
    "Submitted": ReceiptStatus.SENT,
    "Buffered": ReceiptStatus.SENT,
    "Success": ReceiptStatus.DELIVERED,
    "Rejected": ReceiptStatus.FAILED,
    "Failed": ReceiptStatus.FAILED,
    "Expired": ReceiptStatus.FAILED,
}


_TAKEN = frozenset({100, 101, 102})  # processed, sent, queued
# An empty account is filled and a gateway mended while the message still matters. The other codes
# stand until somebody acts: a sender to be registered takes weeks, a number no network has, never.
_MEANS = {
    **dict.fromkeys((403, 404), Refusal.NOBODY),  # nobody else reaches the number either
    405: Refusal.OUR_ACCOUNT,  # its balance
    406: Refusal.OPTED_OUT,
    **dict.fromkeys((500, 501, 502), Refusal.LATER),  # internal, gateway, rejected by gateway
}


class AfricasTalkingTexts:
    """Messages in, and what became of ours. Answers go out by `AfricasTalkingSms`."""

    name = "africastalking_sms"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {
        _INBOUND: ("POST",),
        _RECEIPTS: ("POST",),
        _OPTOUTS: ("POST",),
    }
    in_band = False
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, key: str | None, country: str) -> None:
        self._key = key
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return what the request says, or raise `RejectedError`."""
        check_key(request, self._key)
        form = read_form(request.body)
        if request.path == _RECEIPTS:
            return _receipt(form)
        if request.path == _OPTOUTS:
            return self._opt_out(form)
        return self._inbound(request, form)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Acknowledge; the reply is owed."""
        return Response(b"OK")

    def _inbound(self, request: Request, form: Mapping[str, str]) -> tuple[Event, ...]:
        if "text" not in form:
            raise RejectedError("the field text is missing")
        text = Text(
            provider=self.provider,
            sender=require(form, "from"),
            to=form.get("to", ""),
            text=form["text"],
            id=form.get("id", ""),
            sent_at=form.get("date", ""),
        )
        return take(text, request, self._country)

    def _opt_out(self, form: Mapping[str, str]) -> tuple[Event, ...]:
        phone = require(form, "phoneNumber")
        try:
            return (OptOut(address=msisdn(phone, self._country)),)
        except RejectedError:
            return ()


def _receipt(form: Mapping[str, str]) -> tuple[Event, ...]:
    provider_id = require_id(form, "id")
    status = _STATUS.get(form.get("status", ""))
    if status is None:
        return ()
    reason = form.get("failureReason", "")
    known = reason if _CODE.fullmatch(reason) else ""
    receipt = Receipt(
        provider=PROVIDER,
        provider_id=provider_id,
        status=status,
        reason=known,
        channel=Channel.SMS,
    )
    return (receipt,)


class _Recipient(msgspec.Struct):
    code: int = msgspec.field(default=0, name="statusCode")
    id: str = msgspec.field(default="", name="messageId")


class _Batch(msgspec.Struct):
    verdict: str = msgspec.field(default="", name="Message")
    recipients: list[_Recipient] = msgspec.field(default_factory=list, name="Recipients")


class _Answer(msgspec.Struct):
    batch: _Batch = msgspec.field(name="SMSMessageData")


class AfricasTalkingSms:
    """Hands over one SMS to one person; the short words, in GSM-7 so that they fit a segment."""

    provider = PROVIDER
    echoes_reference = False  # its receipts know only its own ids

    def __init__(
        self, username: str, api_key: str, sender_id: str | None, api_url: str, wording: Wording
    ) -> None:
        self._username = username
        self._api_key = api_key
        self._sender_id = sender_id
        self._url = f"{api_url.rstrip('/')}/version1/messaging"
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request; an answer comes from the short code that was written to."""
        form = {
            "username": self._username,
            "to": message.address.value,
            "message": to_gsm7(self._wording.text(message.reply, "short")),
            "bulkSMSMode": "1",  # we pay
            "enqueue": "1",
        }
        if sender := self._sender(message):
            form["from"] = sender
        headers = {"apikey": self._api_key, "accept": "application/json"}
        return Delivery(url=self._url, headers=headers, form=form)

    def sent(self, status: int, body: bytes) -> Sent | Refused:
        """Read the answer. 201 alone means nothing: a refused sender is 201 too."""
        if status not in TOOK:
            return Refused(f"http_{status}", refusal(status))
        try:
            batch = msgspec.json.decode(body, type=_Answer, strict=False).batch
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return Refused("unreadable", Refusal.UNSURE)
        if not batch.recipients:
            named = batch.verdict if _CODE.fullmatch(batch.verdict) else "no_recipient"
            return Refused(named, Refusal.OTHER_PROVIDER)
        return _verdict(batch.recipients[0])

    def _sender(self, message: Outgoing) -> str | None:
        """Another provider's short code is no sender of ours here; a name is, where one is set."""
        ours = message.provider == self.provider
        written_to = message.headers.get("to") if ours else None
        return message.headers.get("sender") or written_to or self._sender_id


def _verdict(recipient: _Recipient) -> Sent | Refused:
    if recipient.code in _TAKEN:
        return Sent(recipient.id)
    means = _MEANS.get(recipient.code, Refusal.OTHER_PROVIDER)
    return Refused(f"code_{recipient.code}", means)
