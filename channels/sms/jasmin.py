"""SMS as an operator's Jasmin carries it: messages and receipts in, as forms to one path, SMS out.

Jasmin redelivers until our response's body is `ACK/Jasmin`. It forwards the octets of the SMS as
received over SMPP: `content` is those octets, `binary` the same in hex, and `coding` the
data_coding as one octet (`%08`), not as digits (0.11.1, `routing/throwers.py`). Its HTTP connector
uses GET unless configured to POST.

What goes out is given as octets (`hex-content`): of `content` Jasmin would make GSM-7 itself, and
`?` of some of its letters.
"""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from channels.contract import Delivery, Refusal, Refused, RejectedError, Request, Response, Sent
from channels.shared.forms import (
    FORM_BYTES_MAX,
    ID_CHARS_MAX,
    Keys,
    check_key,
    query_of,
    read_form,
    read_octets,
    read_query,
    read_reference,
    require,
    require_id,
)
from channels.shared.refusals import SUCCESS
from channels.sms.coding import decode_sms, encode_gsm
from channels.sms.received import ReceivedSms, to_inbound
from channels.sms.sending import (
    REFERENCE,
    STATES,
    GatewayAccount,
    refused_by_gateway,
    sender_of,
    short_text,
)
from core.events import Event, Receipt, ReceiptStatus
from core.messages import Channel, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording

PROVIDER: Final = "jasmin"

_PATH: Final = "/sms/jasmin"
_ACKNOWLEDGED = Response(b"ACK/Jasmin")
_DIGITS_MAX = 3  # of a data_coding
_EVERY_LEVEL: Final = "3"  # of receipts: that the operator's centre took it, and what became of it
_SUCCESS = re.compile(rb'Success "([!-~]{1,%d})"' % ID_CHARS_MAX)
_TOO_FAST: Final = b"throughput"  # in the 403 that says so; other 403s are about our account

_STATUS = {"ESME_ROK": ReceiptStatus.SENT, **STATES}
# Jasmin reports these, and then nothing, but itself tries again (`submit_error_retrial`).
_TRIES_AGAIN: Final = frozenset(
    {"ESME_RSYSERR", "ESME_RTHROTTLED", "ESME_RMSGQFUL", "ESME_RINVSCHED"}
)


class Jasmin:
    """Receives messages and receipts; `JasminCarrier` sends the answers."""

    name = "jasmin"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {_PATH: ("GET", "POST")}
    in_band = False
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, keys: Keys, country: str) -> None:
        self._keys = keys
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the message or the receipt, or raise `RejectedError`."""
        check_key(request, self._keys)
        raw = request.body if request.method == "POST" else query_of(request)
        form = read_form(raw)
        if "message_status" in form:
            return _receipt(form, read_query(request).get(REFERENCE, ""))
        octets = read_octets(raw)
        text = decode_sms(_sms_octets(octets), _data_coding(octets.get("coding", b"")))
        sms = ReceivedSms(
            provider=self.provider,
            sender=require(form, "from"),
            to=form.get("to", ""),
            text=text or "",
            id=form.get("id", ""),
            wordless=text is None,
        )
        return to_inbound(sms, request, self._country)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Acknowledge, in the only words that Jasmin accepts."""
        return _ACKNOWLEDGED


class JasminCarrier:
    """Sends SMS through Jasmin's HTTP API."""

    provider = PROVIDER
    echoes_reference = True

    def __init__(self, account: GatewayAccount, wording: Wording) -> None:
        self._account = account
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request that hands the message over."""
        account = self._account
        form = {
            "username": account.username,
            "password": account.password,
            "from": sender_of(message, self.provider) or account.sender,
            "to": message.address.value.removeprefix("+"),
            "coding": "0",
            "hex-content": encode_gsm(short_text(self._wording, message.reply)).hex(),
            "dlr": "yes",
            "dlr-level": _EVERY_LEVEL,
            "dlr-method": "POST",
            "dlr-url": account.receipts_url(_PATH, reference),
        }
        return Delivery(url=account.url, form=form)

    def read_response(self, status: int, body: bytes) -> Sent | Refused:
        """Read the response: `Success "id"`, or `Error "why"`."""
        if status in SUCCESS:
            taken = _SUCCESS.fullmatch(body)
            return Sent(taken[1].decode()) if taken else Refused("unreadable", Refusal.UNSURE)
        if status == HTTPStatus.FORBIDDEN and _TOO_FAST in body:
            return Refused("throughput", Refusal.LATER)
        return refused_by_gateway(status)


def _sms_octets(octets: Mapping[str, bytes]) -> bytes:
    if binary := octets.get("binary"):
        try:
            return bytes.fromhex(binary.decode("ascii"))
        except ValueError:
            raise RejectedError("the field binary is not hex") from None
    if "content" not in octets:
        raise RejectedError("the field content is missing")
    return octets["content"]


def _data_coding(field: bytes) -> int | None:
    """Return the data_coding, from its octet or from digits."""
    if field.strip().isdigit() and len(field) <= _DIGITS_MAX:
        return int(field)
    return field[0] if len(field) == 1 else None


def _receipt(form: Mapping[str, str], reference: str) -> tuple[Event, ...]:
    """Read the operator's status, or SMPP's if the operator refused the message."""
    provider_id = require_id(form, "id")
    stat = form["message_status"].strip().upper()
    status = _STATUS.get(stat, ReceiptStatus.FAILED if stat.startswith("ESME_") else None)
    if status is None or stat in _TRIES_AGAIN:
        return ()
    reason = stat if status is ReceiptStatus.FAILED and stat in _STATUS else ""
    receipt = Receipt(
        provider=PROVIDER,
        provider_id=provider_id,
        status=status,
        reason=reason,
        reference=read_reference(reference),
        channel=Channel.SMS,
    )
    return (receipt,)
