"""SMS as an operator's Jasmin delivers it: messages and receipts, as forms to one path.

Jasmin redelivers until our response's body is `ACK/Jasmin`. It forwards the octets of the SMS as
received over SMPP: `content` is those octets, `binary` the same in hex, and `coding` the
data_coding as one octet (`%08`), not as digits (0.11.1, `routing/throwers.py`). Its HTTP connector
uses GET unless configured to POST.
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
    require,
    require_id,
)
from channels.sms.coding import decode_sms
from channels.sms.received import ReceivedSms, to_inbound
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
    """Receives messages and receipts; another provider's carrier sends the answers."""

    name = "jasmin"
    provider = _PROVIDER
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
            return _receipt(form)
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


def _receipt(form: Mapping[str, str]) -> tuple[Event, ...]:
    """Read the operator's status, or SMPP's if the operator refused the message."""
    provider_id = require_id(form, "id")
    stat = form["message_status"].strip().upper()
    status = _STATUS.get(stat, ReceiptStatus.FAILED if stat.startswith("ESME_") else None)
    if status is None:
        return ()
    reason = stat if status is ReceiptStatus.FAILED and stat in _STATUS else ""
    receipt = Receipt(
        provider=_PROVIDER,
        provider_id=provider_id,
        status=status,
        reason=reason,
        channel=Channel.SMS,
    )
    return (receipt,)
