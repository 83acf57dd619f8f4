"""WhatsApp as Meta's Cloud API carries it: a webhook in, the Graph API out.

Meta redelivers for a week unless we answer 200; so we acknowledge, and send the answer later.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
"""

from collections.abc import Mapping
from hmac import compare_digest
from typing import Final
from urllib.parse import quote

import msgspec

from channels.contract import Delivery, Refusal, Refused, RejectedError, Request, Response, Sent
from channels.shared.forms import read_query, require_id
from channels.shared.refusals import SUCCESS, classify_refusal
from channels.shared.signatures import check_meta
from channels.whatsapp.limits import choose_picture, split
from channels.whatsapp.meta_interactive import interactive
from channels.whatsapp.meta_payload import (
    PROVIDER,
    STOPPED,
    Node,
    code_of,
    id_of,
    node,
    nodes,
    read_envelope,
    reason,
)
from channels.whatsapp.taps import choose_tap
from core.messages import AddressKind, Event, Reply
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
    STOPPED: Refusal.OPTED_OUT,
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
    ) -> None:
        """`commands`: the folded payloads that our buttons may have."""
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
        events = read_envelope(root, self._phone_number_id, request.received_at, self._commands)
        return tuple(events)

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
        public_url: str = "",
    ) -> None:
        """`public_url` is ours, where Meta fetches tickets' pictures."""
        self._access_token = access_token
        self._public_url = public_url
        self._url = f"{api_url.rstrip('/')}/{quote(phone_number_id, safe='')}/messages"
        self._wording = wording

    def compose(self, message: Outgoing, reference: str = "") -> Delivery:
        """Return the request; a text too long for one message is sent page by page.

        A user id goes into `recipient`: in `to` Meta would take it for a number, accept the
        message, and lose it.
        """
        by_user_id = message.address.kind is AddressKind.WHATSAPP
        value = message.address.value
        return Delivery(
            url=self._url,
            headers={"authorization": f"Bearer {self._access_token}"},
            json={
                "messaging_product": "whatsapp",
                "recipient_type": "individual",
                **({"recipient": value} if by_user_id else {"to": value.removeprefix("+")}),
                **self._content(message),
                **({"biz_opaque_callback_data": reference} if reference else {}),
            },
        )

    def _content(self, message: Outgoing) -> Node:
        reply = message.reply
        text = self._wording.text(reply, "long")
        parts = split(text, BODY_CHARACTERS_MAX)
        words = parts[min(reply.page, len(parts) - 1)]
        link = choose_picture(message.ticket, words, self._public_url)
        if link is not None:
            return {"type": "image", "image": {"link": link, "caption": words}}
        tap = choose_tap(self._wording.parts(reply), text, message.address.kind)
        if tap is not None:
            return {"type": "interactive", "interactive": interactive(tap)}
        return {"type": "text", "text": {"body": words, "preview_url": False}}

    def read_response(self, status: int, body: bytes) -> Sent | Refused:
        """Read the provider's response. Total: any status and body."""
        answer = _decode(body) or {}
        if status in SUCCESS:
            provider_id = next((id_of(message) for message in nodes(answer, "messages")), "")
            return Sent(provider_id) if provider_id else Refused("unreadable", Refusal.UNSURE)
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
