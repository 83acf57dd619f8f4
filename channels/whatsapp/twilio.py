"""WhatsApp as Twilio carries it: answers in the response as TwiML, others over its API.

TwiML has no buttons. Where we have contents with buttons or lists, all answers go over the API:
sent two ways, they would overtake each other.
"""

from collections.abc import Mapping
from typing import Final

from channels.contract import Delivery, RejectedError, Request, Response
from channels.shared.forms import FORM_BYTES_MAX, read_form, thread_to
from channels.shared.signatures import check_twilio
from channels.shared.twilio import (
    BODY_CHARACTERS_MAX,
    PROVIDER,
    TwilioAccount,
    compose_delivery,
    read_message,
    read_receipt,
    read_response,
    twiml,
)
from channels.whatsapp.limits import choose_picture, choose_user, read_user, split
from channels.whatsapp.taps import choose_tap
from channels.whatsapp.twilio_contents import CONTROLS, NONE, Contents, content_of
from core.conversation.keywords import command_words
from core.events import Event
from core.messages import Address, Channel, Inbound, Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording

_INBOUND: Final = "/whatsapp/twilio"
RECEIPTS: Final = "/whatsapp/twilio/receipts"
_PREFIX: Final = "whatsapp:"
_SENDER_FIELDS = ("From", "WaId", "ExternalUserId")


class TwilioWhatsappAdapter:
    """Receives messages and receipts, and answers in the response, unless there are contents."""

    name = "twilio_whatsapp"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {_INBOUND: ("POST",), RECEIPTS: ("POST",)}
    body_bytes_max = FORM_BYTES_MAX

    def __init__(
        self, wording: Wording, public_url: str, token: str | None, contents: Contents = NONE
    ) -> None:
        self.in_band = not contents
        self._wording = wording
        self._commands = command_words(wording.typed)
        self._public_url = public_url
        self._token = token

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return what the request says, or raise `RejectedError`."""
        check_twilio(request, self._token, self._public_url)
        form = read_form(request.body)
        if request.path == RECEIPTS:
            return read_receipt(Channel.WHATSAPP, request, form, _address)
        message = read_message(form, self._commands)
        inbound = Inbound(
            channel=Channel.WHATSAPP,
            provider=self.provider,
            address=_sender(form),
            message_id=message.id,
            received_at=request.received_at,
            text=message.text,
            tapped=message.tapped,
            wordless=message.wordless,
            location=message.location,
            thread=thread_to(form.get("To", "").strip().removeprefix(_PREFIX)),
        )
        return (inbound,)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the reply as TwiML, in as many messages as it needs."""
        if request.path == RECEIPTS:
            return Response()
        if reply is None or not reply.prompts or not self.in_band:
            return twiml()
        return twiml(split(self._wording.text(reply, "long"), BODY_CHARACTERS_MAX))


class TwilioWhatsappCarrier:
    """Sends WhatsApp messages."""

    provider = PROVIDER
    echoes_reference = True

    def __init__(
        self, account: TwilioAccount, sender: str, wording: Wording, contents: Contents = NONE
    ) -> None:
        self._account, self._contents = account, contents
        self._sender = _PREFIX + sender.removeprefix(_PREFIX)
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request; a text too long for one message is sent page by page."""
        return compose_delivery(
            self._account,
            receipts=RECEIPTS,
            reference=reference,
            To=_PREFIX + message.address.value,
            From=self._sender,
            **self._content(message),
        )

    def _content(self, message: Outgoing) -> Mapping[str, str]:
        reply = message.reply
        text = self._wording.text(reply, "long")
        parts = split(text, BODY_CHARACTERS_MAX)
        words = parts[min(reply.page, len(parts) - 1)]
        if link := choose_picture(message.ticket, words, self._account.public_url):
            return {"Body": words, "MediaUrl": link}
        if self._contents:
            kind = message.address.kind
            tap = choose_tap(self._wording.parts(reply), text, kind, CONTROLS)
            return (tap and content_of(tap, self._contents)) or {"Body": words}
        return {"Body": words}

    read_response = staticmethod(read_response)


def _address(text: str) -> Address:
    return read_user(text.strip().removeprefix(_PREFIX))


def _sender(form: Mapping[str, str]) -> Address:
    ids = (form.get(name, "").strip().removeprefix(_PREFIX) for name in _SENDER_FIELDS)
    if sender := choose_user(ids):
        return sender
    raise RejectedError("the sender is neither a number nor a WhatsApp user")
