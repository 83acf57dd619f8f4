"""SMS as Twilio carries it: answers in band, as TwiML; messages owed, over its API."""

import re
from base64 import b64decode
from codecs import getincrementaldecoder
from collections.abc import Mapping
from typing import Final

from channels.contract import Delivery, Refused, Request, Response, Sent
from channels.shared.forms import FORM_BYTES_MAX, msisdn, read_form, require
from channels.shared.signatures import check_twilio
from channels.shared.twilio import (
    PROVIDER,
    TwilioAccount,
    deliver,
    read_message,
    read_receipt,
    read_verdict,
    twiml,
)
from channels.sms.received import Text, take
from core.conversation.keywords import command_words
from core.messages import Address, Channel, Event, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording
from core.wording.gsm7 import PART_SEPTETS, septets, to_gsm7

SEGMENTS_MAX = 3  # of one answer; what is longer has pages
SEPTETS_MAX = SEGMENTS_MAX * PART_SEPTETS
BASE64_CHARACTERS_MIN = 60  # no word that a person types is so long

_INBOUND: Final = "/sms/twilio"
_RECEIPTS: Final = "/sms/twilio/receipts"
_BASE64 = re.compile(rf"[A-Za-z0-9+/]{{{BASE64_CHARACTERS_MIN - 2},}}={{0,2}}")


class TwilioTexts:
    """Messages in, answered in band, and what became of ours."""

    name = "twilio_sms"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {_INBOUND: ("POST",), _RECEIPTS: ("POST",)}
    in_band = True
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, wording: Wording, public_url: str, token: str | None, country: str) -> None:
        self._wording = wording
        self._commands = command_words(wording.typed)
        self._public_url = public_url
        self._token = token
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return what the request says, or raise `RejectedError`."""
        check_twilio(request, self._token, self._public_url)
        form = read_form(request.body)
        if request.path == _RECEIPTS:
            return read_receipt(Channel.SMS, request, form, self._address)
        said = read_message(form, self._commands)
        text = Text(
            provider=self.provider,
            sender=require(form, "From"),
            to=form.get("To", "").strip(),
            text=_decoded(said.text),
            id=said.id,
            wordless=said.wordless or said.location is not None,
        )
        return take(text, request, self._country)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the words as TwiML, or TwiML that says nothing."""
        if request.path == _RECEIPTS:
            return Response()
        if reply is None or not reply.prompts:
            return twiml()
        return twiml((_words(self._wording, reply),))

    def _address(self, text: str) -> Address:
        return msisdn(text, self._country)


class TwilioSms:
    """Hands over one SMS to one person, from the sender or number that it names, or from ours."""

    provider = PROVIDER
    echoes_reference = True

    def __init__(self, account: TwilioAccount, sender: str, wording: Wording) -> None:
        self._account = account
        self._sender = sender
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request that hands the message over."""
        # a number of another provider's, or of a chat's, is none of ours here
        ours = message.provider == self.provider and message.channel is Channel.SMS
        sender = message.headers.get("sender") or (message.headers.get("to") if ours else None)
        return deliver(
            self._account,
            receipts=_RECEIPTS,
            reference=reference,
            To=message.address.value,
            From=sender or self._sender,
            Body=_words(self._wording, message.reply),
        )

    def sent(self, status: int, body: bytes) -> Sent | Refused:
        """Read the provider's answer. Total: any status and body."""
        return read_verdict(status, body)


def _words(wording: Wording, reply: Reply) -> str:
    """Return the short words in GSM-7: one segment mostly, never more than `SEGMENTS_MAX`."""
    words = to_gsm7(wording.text(reply, "short"))
    if septets(words) <= SEPTETS_MAX:
        return words
    return wording.page(reply, septets_max=SEPTETS_MAX)


def _decoded(text: str) -> str:
    """Return what a long SMS says that arrived in base64, as some operators deliver them.

    One that was cut within a letter says all but that.
    """
    if len(text) % 4 or not _BASE64.fullmatch(text):
        return text
    try:
        plain = getincrementaldecoder("utf-8")().decode(b64decode(text))
    except ValueError:
        return text
    readable = plain.replace("\r", "").replace("\n", "").isprintable() and " " in plain
    return plain if readable else text
