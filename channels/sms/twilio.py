"""SMS as Twilio carries it: answers in the response as TwiML, other messages over its API."""

import re
from base64 import b64decode
from codecs import getincrementaldecoder
from collections.abc import Mapping
from functools import partial
from typing import Final

from channels.contract import Delivery, Request, Response
from channels.shared.forms import FORM_BYTES_MAX, msisdn, read_form, require
from channels.shared.signatures import check_twilio
from channels.shared.twilio import (
    PROVIDER,
    TwilioAccount,
    compose_delivery,
    read_message,
    read_receipt,
    read_response,
    twiml,
)
from channels.sms.received import ReceivedSms, to_inbound
from channels.sms.sending import sender_of, short_text
from core.conversation.keywords import command_words
from core.events import Event
from core.messages import Channel, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording

BASE64_CHARACTERS_MIN = 60  # no typed word is as long

_INBOUND: Final = "/sms/twilio"
_RECEIPTS: Final = "/sms/twilio/receipts"
_BASE64 = re.compile(rf"[A-Za-z0-9+/]{{{BASE64_CHARACTERS_MIN - 2},}}={{0,2}}")


class TwilioSmsAdapter:
    """Receives messages and receipts, and answers in the response."""

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
            return read_receipt(Channel.SMS, request, form, partial(msisdn, country=self._country))
        message = read_message(form, self._commands)
        sms = ReceivedSms(
            provider=self.provider,
            sender=require(form, "From"),
            to=form.get("To", "").strip(),
            text=_decode_base64(message.text),
            id=message.id,
            wordless=message.wordless or message.location is not None,
        )
        return to_inbound(sms, request, self._country)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the reply as TwiML, which may be empty."""
        if request.path == _RECEIPTS:
            return Response()
        if reply is None or not reply.prompts:
            return twiml()
        return twiml((short_text(self._wording, reply),))


class TwilioSmsCarrier:
    """Sends SMS from the sender or number that the message names, or else from ours."""

    provider = PROVIDER
    echoes_reference = True

    def __init__(self, account: TwilioAccount, sender: str, wording: Wording) -> None:
        self._account = account
        self._sender = sender
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request that hands the message over."""
        return compose_delivery(
            self._account,
            receipts=_RECEIPTS,
            reference=reference,
            To=message.address.value,
            From=sender_of(message, self.provider) or self._sender,
            Body=short_text(self._wording, message.reply),
        )

    read_response = staticmethod(read_response)


def _decode_base64(text: str) -> str:
    """Return the text of an SMS; some operators deliver long ones in base64.

    A text cut within a UTF-8 sequence loses only that character.
    """
    if len(text) % 4 or not _BASE64.fullmatch(text):
        return text
    try:
        plain = getincrementaldecoder("utf-8")().decode(b64decode(text))
    except ValueError:
        return text
    readable = plain.replace("\r", "").replace("\n", "").isprintable() and " " in plain
    return plain if readable else text
