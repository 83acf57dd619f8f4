"""WhatsApp as Meta's Cloud API carries it: a webhook in, the Graph API out.

Meta redelivers for a week unless we answer 200; so we acknowledge, and send the answer later.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Final

import msgspec

from channels.contract import Delivery, Refusal, Refused, RejectedError, Request, Response, Sent
from channels.shared.forms import read_query, require_id
from channels.shared.refusals import SUCCESS, classify_refusal
from channels.shared.signatures import check_meta
from channels.shared.ticket_image import draw_qr_code
from channels.whatsapp.flow import Flows
from channels.whatsapp.limits import split, takes_picture
from channels.whatsapp.meta_account import MetaAccount
from channels.whatsapp.meta_interactive import interactive
from channels.whatsapp.meta_payload import (
    PROVIDER,
    STOPPED,
    Hearing,
    Node,
    code_of,
    id_of,
    node,
    nodes,
    read_envelope,
    reason,
)
from channels.whatsapp.taps import choose_tap
from core.events import Event
from core.messages import Reply
from core.outbox.message import Outgoing
from core.wording.catalog import Wording

API_URL: Final = "https://graph.facebook.com/v25.0"
BODY_BYTES_MAX = 3_500_000  # Meta posts up to 3 MB
BODY_CHARACTERS_MAX = 4_096  # of one message of ours

_PATH: Final = "/whatsapp/meta"
# Codes come with any status. Operators mend our account, and rate limits pass, while the message
# still matters; other codes are about this message or this person.
# https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
_RETRYABLE_CODES = (
    *(1, 2, 131000, 131016, 131057, 133004),  # Meta's failures and maintenance
    *(4, 613, 80007, 130429, 131048, 131056),  # rate limits: of calls, of messages, to one person
)
_ACCOUNT_CODES = (
    *(0, 190),  # our token
    *(3, 10, *range(200, 300), 131005),  # our permissions
    *(33, 131037, 131045, 133010),  # our number: deleted, not named, not registered
    *(368, 131031),  # our account: blocked for a while, locked
    *(131042, 131064),  # our bill, our limit
)
_REFUSALS = {
    **dict.fromkeys(_RETRYABLE_CODES, Refusal.LATER),
    **dict.fromkeys(_ACCOUNT_CODES, Refusal.OUR_ACCOUNT),
    STOPPED: Refusal.NO_MARKETING,
}


class MetaAdapter:
    """Receives messages and receipts, and verifies our URL to Meta."""

    name = "meta_whatsapp"
    provider = PROVIDER
    paths: Mapping[str, tuple[str, ...]] = {_PATH: ("GET", "POST")}
    in_band = False
    body_bytes_max = BODY_BYTES_MAX

    def __init__(
        self,
        app_secret: str | None,
        verify_token: str | None,
        phone_number_id: str | None,
        commands: frozenset[str] = frozenset(),
        secret: bytes = b"",
    ) -> None:
        """`commands`: the folded payloads that our buttons may have; `secret` signs our forms."""
        self._secret = secret
        self._commands = commands
        self._app_secret = app_secret
        self._verify_token = verify_token
        self._phone_number_id = phone_number_id

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return all events of the request, or raise `RejectedError`."""
        if request.method == "GET":
            self._challenge(request)
            return ()
        check_meta(request, self._app_secret)
        root = _decode(request.body)
        if root is None:
            raise RejectedError("the body is no JSON object")
        hearing = Hearing(request.received_at, self._commands, self._secret)
        return tuple(read_envelope(root, self._phone_number_id, hearing))

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Acknowledge: the carrier sends the reply; answer a verification with its challenge."""
        if request.method != "GET":
            return Response()
        try:
            return Response(self._challenge(request).encode())
        except RejectedError as error:
            return Response(f"{error.reason}\n".encode(), error.status)

    def _challenge(self, request: Request) -> str:
        query = read_query(request)
        token, expected = query.get("hub.verify_token", ""), self._verify_token
        if expected is not None and not compare_digest(token.encode(), expected.encode()):
            raise RejectedError("the verify token is missing or wrong", status=403)
        if query.get("hub.mode") != "subscribe":
            raise RejectedError("the field hub.mode is not subscribe")
        return require_id(query, "hub.challenge")


class MetaCarrier:
    """Hands over one WhatsApp message to one person."""

    provider = PROVIDER
    echoes_reference = True

    def __init__(
        self,
        access_token: str,
        phone_number_id: str,
        api_url: str,
        wording: Wording,
        flows: Flows | None = None,
    ) -> None:
        """`flows` offer our form on one screen."""
        self._account = MetaAccount(access_token, phone_number_id, api_url)
        self._wording = wording
        self._flows = flows or Flows()

    def upload(self, message: Outgoing) -> Delivery | None:
        """Return the request that hands over the picture of the message's ticket, if it has one.

        Words too long for a caption go without the picture.
        """
        ticket = message.ticket
        if ticket is None or not takes_picture(ticket, self._words(message)):
            return None
        return self._account.upload("tiket.png", "image/png", draw_qr_code(ticket.text))

    def read_upload(self, status: int, body: bytes) -> str | Refused:
        """Return Meta's id of the picture. Total: any status and body."""
        if status in SUCCESS:
            return id_of(_decode(body) or {}) or Refused("unreadable", Refusal.OTHER_PROVIDER)
        return _refusal(status, _decode(body) or {})

    def compose(self, message: Outgoing, reference: str = "", picture: str = "") -> Delivery:
        """Return the request; a text too long for one message is sent page by page."""
        return self._account.deliver(message, self._content(message, picture), reference)

    def _words(self, message: Outgoing) -> str:
        parts = split(self._wording.text(message.reply, "long"), BODY_CHARACTERS_MAX)
        return parts[min(message.reply.page, len(parts) - 1)]

    def _content(self, message: Outgoing, picture: str) -> Node:
        words = self._words(message)
        if picture:
            return {"type": "image", "image": {"id": picture, "caption": words}}
        parts, text = self._wording.parts(message.reply), self._wording.text(message.reply, "long")
        form = self._flows.offer(message, text, self._wording) if parts.asks == "form" else None
        if form is not None:
            return {"type": "interactive", "interactive": form}
        tap = choose_tap(parts, text, message.address.kind)
        if tap is not None:
            return {"type": "interactive", "interactive": interactive(tap)}
        return {"type": "text", "text": {"body": words, "preview_url": False}}

    def read_response(self, status: int, body: bytes) -> Sent | Refused:
        """Read the provider's response. Total: any status and body."""
        return read_answer(status, body)


def read_answer(status: int, body: bytes) -> Sent | Refused:
    """Read the Graph API's response to a message. Total: any status and body."""
    answer = _decode(body) or {}
    if status in SUCCESS:
        provider_id = next((id_of(message) for message in nodes(answer, "messages")), "")
        return Sent(provider_id) if provider_id else Refused("unreadable", Refusal.UNSURE)
    return _refusal(status, answer)


def _refusal(status: int, answer: Node) -> Refused:
    code = code_of(node(answer, "error"))
    if code is None:
        return Refused(f"http_{status}", classify_refusal(status))
    return Refused(reason(code), classify_refusal(status, _REFUSALS.get(code)))


def _decode(body: bytes) -> Node | None:
    try:
        root = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return None
    return root if isinstance(root, dict) else None
