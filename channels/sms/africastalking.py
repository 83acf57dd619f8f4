"""SMS as Africa's Talking carries it: messages, receipts and opt-outs in, answers out.

It redelivers for twelve hours unless we answer 2xx. So we accept what is well formed but useless
to us: a sender with a name, an unknown status. It signs nothing; the key in the URL is all that
authenticates it.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from channels.contract import Delivery, Refusal, Refused, RejectedError, Request, Response, Sent
from channels.shared.forms import (
    FORM_BYTES_MAX,
    Keys,
    check_key,
    msisdn,
    read_form,
    require,
    require_id,
)
from channels.shared.refusals import SUCCESS, classify_refusal
from channels.sms.received import ReceivedSms, to_inbound
from channels.sms.sending import sender_of
from core.events import Event, OptOut, Receipt, ReceiptStatus
from core.messages import Channel, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording
from core.wording.gsm7 import to_gsm7

PROVIDER: Final = "africastalking"

_INBOUND: Final = "/sms/africastalking"
_RECEIPTS: Final = "/sms/africastalking/receipts"
_OPTOUTS: Final = "/sms/africastalking/optouts"
_REASON_CODE = re.compile(r"[A-Za-z0-9]{1,40}")
_STATUS = {
    "Sent": ReceiptStatus.SENT,
    "Submitted": ReceiptStatus.SENT,
    "Buffered": ReceiptStatus.SENT,
    "Success": ReceiptStatus.DELIVERED,
    "Rejected": ReceiptStatus.FAILED,
    "Failed": ReceiptStatus.FAILED,
    "Expired": ReceiptStatus.FAILED,
}
_ACCEPTED_CODES = frozenset({100, 101, 102})  # processed, sent, queued
# An operator tops up an account, and a gateway recovers, while the message still matters. Other
# codes last: registering a sender takes weeks.
_REFUSALS = {
    **dict.fromkeys((403, 404), Refusal.NOBODY),  # no provider reaches the number
    405: Refusal.OUR_ACCOUNT,  # our balance
    406: Refusal.OPTED_OUT,
    **dict.fromkeys((500, 501, 502), Refusal.LATER),  # internal, gateway, rejected by gateway
}


class AfricasTalkingSmsAdapter:
    """Receives messages, receipts and opt-outs; `AfricasTalkingSmsCarrier` sends the answers."""

    name = "africastalking_sms"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {
        _INBOUND: ("POST",),
        _RECEIPTS: ("POST",),
        _OPTOUTS: ("POST",),
    }
    in_band = False
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, keys: Keys, country: str) -> None:
        self._keys = keys
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return what the request says, or raise `RejectedError`."""
        check_key(request, self._keys)
        form = read_form(request.body)
        if request.path == _RECEIPTS:
            return _receipt(form)
        if request.path == _OPTOUTS:
            return self._opt_out(form)
        return self._inbound(request, form)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Acknowledge; the carrier sends the reply."""
        return Response(b"OK")

    def _inbound(self, request: Request, form: Mapping[str, str]) -> tuple[Event, ...]:
        if "text" not in form:
            raise RejectedError("the field text is missing")
        sms = ReceivedSms(
            provider=self.provider,
            sender=require(form, "from"),
            to=form.get("to", ""),
            text=form["text"],
            id=form.get("id", ""),
            sent_at=form.get("date", ""),
        )
        return to_inbound(sms, request, self._country)

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
    known_reason = reason if _REASON_CODE.fullmatch(reason) else ""
    receipt = Receipt(
        provider=PROVIDER,
        provider_id=provider_id,
        status=status,
        reason=known_reason,
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


class AfricasTalkingSmsCarrier:
    """Sends SMS: the short text in GSM-7, to fit a segment."""

    provider = PROVIDER
    echoes_reference = False  # its receipts have only its own ids

    def __init__(
        self, username: str, api_key: str, sender_id: str | None, api_url: str, wording: Wording
    ) -> None:
        self._username = username
        self._api_key = api_key
        self._sender_id = sender_id
        self._url = f"{api_url.rstrip('/')}/version1/messaging"
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request; an answer leaves from the short code that the person wrote to."""
        form = {
            "username": self._username,
            "to": message.address.value,
            "message": to_gsm7(self._wording.text(message.reply, "short")),
            "bulkSMSMode": "1",  # we pay
            "enqueue": "1",
        }
        if sender := sender_of(message, self.provider) or self._sender_id:
            form["from"] = sender
        headers = {"apikey": self._api_key, "accept": "application/json"}
        return Delivery(url=self._url, headers=headers, form=form)

    def read_response(self, status: int, body: bytes) -> Sent | Refused:
        """Read the response; a refused sender is a 201, too."""
        if status not in SUCCESS:
            return Refused(f"http_{status}", classify_refusal(status))
        try:
            batch = msgspec.json.decode(body, type=_Answer, strict=False).batch
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return Refused("unreadable", Refusal.UNSURE)
        if not batch.recipients:
            code = batch.verdict if _REASON_CODE.fullmatch(batch.verdict) else "no_recipient"
            return Refused(code, Refusal.OTHER_PROVIDER)
        return _verdict(batch.recipients[0])


def _verdict(recipient: _Recipient) -> Sent | Refused:
    if recipient.code in _ACCEPTED_CODES:
        return Sent(recipient.id)
    refusal = _REFUSALS.get(recipient.code, Refusal.OTHER_PROVIDER)
    return Refused(f"code_{recipient.code}", refusal)
