"""SMS as Telkomsel's DigiHub takes them: out only, to its own numbers, and receipts in.

A receipt comes to `/callback/digihub/smsapi` of the domain that the message named, unsigned, and
without a key in its address. So the transaction's id that it repeats bears a signature of ours.
https://digihub.telkomsel.com/apis/V2/endpoint/71
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b, sha256
from hmac import compare_digest
from typing import Final
from urllib.parse import urlsplit

import msgspec

from channels.contract import Delivery, Refusal, Refused, RejectedError, Request, Response, Sent
from channels.shared.forms import Keys, read_reference
from channels.shared.refusals import MISDIRECTED, SUCCESS, classify_refusal
from channels.sms.sending import STATES, sender_of, short_text
from core.events import Event, Receipt, ReceiptStatus
from core.messages import Channel, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording

PROVIDER: Final = "digihub"
API_URL: Final = "https://api.digitalcore.telkomsel.com"
BODY_BYTES_MAX: Final = 8_192  # of a receipt, which has three short fields

_SEND: Final = "/digihub/v1/reguler/sendsms"
_RECEIPTS: Final = "/callback/digihub/smsapi"
_SIGNATURE_DIGITS: Final = 16  # hexadecimal
_CODE = re.compile(r"[0-9]{1,9}")
_TAKEN: Final = "00000"
_SENDER_UNKNOWN: Final = "20003"  # ours


@dataclass(frozen=True, slots=True, kw_only=True)
class DigihubAccount:
    """Our account at DigiHub; SMS are from `sender`, or from the account's own if that is ""."""

    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    sender: str
    public_url: str
    keys: Keys = field(default=(), repr=False)
    api_url: str = API_URL

    def signature_at(self, at: datetime) -> Mapping[str, str]:
        """Return the header that signs a request of that moment."""
        signed = f"{self.api_key}{self.secret}{int(at.timestamp())}"
        return {"x-signature": sha256(signed.encode()).hexdigest()}


def sign_reference(reference: str, key: str) -> str:
    """Return the id of a transaction: our reference, and its signature with `key`."""
    keyed = blake2b(key.encode(), digest_size=32).digest()
    signed = blake2b(reference.encode(), key=keyed, digest_size=_SIGNATURE_DIGITS // 2)
    return reference + signed.hexdigest()


class _Receipt(msgspec.Struct):
    transaction_id: str
    status: str


class DigihubReceipts:
    """Receives receipts of what `DigihubCarrier` sent."""

    name = "digihub_sms"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {_RECEIPTS: ("POST",)}
    in_band = False
    body_bytes_max = BODY_BYTES_MAX

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the receipt; raise `RejectedError` (403) unless it is about a message of ours."""
        try:
            said = msgspec.json.decode(request.body, type=_Receipt)
        except (ValueError, RecursionError):
            raise RejectedError("the body is not the JSON of a receipt") from None
        reference = self._reference(said.transaction_id)
        state = said.status.strip().upper()
        status = STATES.get(state)
        if status is None or not reference:
            return ()
        receipt = Receipt(
            provider=PROVIDER,
            provider_id=reference,
            status=status,
            reason=state if status is ReceiptStatus.FAILED else "",
            reference=reference,
            channel=Channel.SMS,
        )
        return (receipt,)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Acknowledge."""
        return Response(b"OK")

    def _reference(self, transaction: str) -> str:
        """Return our reference; without keys, its signature is not checked."""
        reference = transaction[:-_SIGNATURE_DIGITS]
        ours = read_reference(reference)
        ids = [sign_reference(ours, key).encode() for key in self._keys]
        given = transaction.encode(errors="replace")
        if ids and not sum(compare_digest(given, one) for one in ids):
            raise RejectedError("the transaction is not one of ours", status=403)
        return ours


class _Transaction(msgspec.Struct):
    status_code: str = ""


class _Answer(msgspec.Struct):
    transaction: _Transaction


class DigihubCarrier:
    """Sends SMS through DigiHub's API."""

    provider = PROVIDER
    echoes_reference = True

    def __init__(self, account: DigihubAccount, wording: Wording) -> None:
        self._account = account
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request that hands the message over."""
        account = self._account
        transaction = {
            "transaction_id": sign_reference(reference, next(iter(account.keys), "")),
            "callback_domain": urlsplit(account.public_url).netloc,
        }
        sms = {
            "recipient": message.address.value.removeprefix("+"),
            "sms_text": short_text(self._wording, message.reply),
        }
        if sender := sender_of(message, self.provider) or account.sender:
            sms["sender_id"] = sender
        return Delivery(
            url=f"{account.api_url.rstrip('/')}{_SEND}",
            headers={"api_key": account.api_key, "accept": "application/json"},
            headers_at=account.signature_at,
            json={"transaction": transaction, "sms": sms},
        )

    def read_response(self, status: int, body: bytes) -> Sent | Refused:
        """Read the response, and the code in it."""
        code = _code(body)
        if status in SUCCESS:
            return Sent("") if code == _TAKEN else Refused("unreadable", Refusal.UNSURE)
        ours = code == _SENDER_UNKNOWN or status in MISDIRECTED
        means = classify_refusal(status, Refusal.OUR_ACCOUNT if ours else None)
        return Refused(f"code_{code}" if code else f"http_{status}", means)


def _code(body: bytes) -> str:
    try:
        code = msgspec.json.decode(body, type=_Answer).transaction.status_code
    except (ValueError, RecursionError):
        return ""
    return code if _CODE.fullmatch(code) else ""
