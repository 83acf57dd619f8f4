"""USSD as Africa's Talking carries it: a form for each hop, answered `CON …` or `END …`.

The form holds the accumulated input of the USSD session, joined by `*`, and no id of the hop: the
same session and input are a redelivery. It signs nothing; the key in the URL is all that
authenticates it.
"""

from collections.abc import Mapping
from typing import Final

from channels.contract import RejectedError, Request, Response
from channels.shared.forms import (
    FORM_BYTES_MAX,
    Keys,
    check_key,
    digest,
    msisdn,
    read_form,
    require,
    require_id,
)
from core.events import Event, HangUp
from core.messages import Channel, Inbound, Reply, UssdSession
from core.wording.catalog import Wording
from core.wording.gsm7 import SEGMENT_SEPTETS

TYPED_CHARACTERS_MAX = 2_048  # three minutes of the fastest typing, over any number of hops

_SCREEN: Final = "/ussd/africastalking"
_EVENTS: Final = "/ussd/africastalking/events"
_EMPTY_END = Response(b"END OK")  # if it were empty, the person would see the network's error


class AfricasTalkingUssd:
    """Answers hops with screens, and receives the ends of USSD sessions."""

    name = "africastalking_ussd"
    provider = "africastalking"
    paths: Mapping[str, tuple[str, ...]] = {_SCREEN: ("POST",), _EVENTS: ("POST",)}
    in_band = True
    body_bytes_max = FORM_BYTES_MAX

    def __init__(self, wording: Wording, keys: Keys, country: str) -> None:
        self._wording = wording
        self._keys = keys
        self._country = country

    def parse(self, request: Request) -> tuple[Event, ...]:
        """Return the request's one event, or raise `RejectedError`."""
        check_key(request, self._keys)
        form = read_form(request.body)
        if request.path == _EVENTS:
            return (self._hang_up(form),)
        return (self._inbound(request, form),)

    def answer(self, request: Request, reply: Reply | None) -> Response:
        """Return the screen: `END` closes the USSD session, `CON` waits for the next answer.

        A last reply of several pages closes the USSD session with its last page.
        """
        if request.path == _EVENTS:
            return Response(b"OK")
        if reply is None or not reply.prompts:
            return _EMPTY_END
        page = self._wording.open_page(reply, septets_max=SEGMENT_SEPTETS)
        verb = "END" if reply.ends and not page.goes_on else "CON"
        return Response(f"{verb} {page.words}".encode(errors="replace"))

    def _inbound(self, request: Request, form: Mapping[str, str]) -> Inbound:
        session = require_id(form, "sessionId")
        address = msisdn(require(form, "phoneNumber"), self._country)
        typed = form.get("text")
        if typed is None:
            raise RejectedError("the field text is missing")
        if len(typed) > TYPED_CHARACTERS_MAX:
            raise RejectedError("too much was typed in one USSD session", status=413)
        return Inbound(
            channel=Channel.USSD,
            provider=self.provider,
            address=address,
            message_id=f"{session}/{digest(typed)}",
            received_at=request.received_at,
            ussd=UssdSession(session, typed),
        )

    def _hang_up(self, form: Mapping[str, str]) -> HangUp:
        """Read the address and status only: `input` and `lastAppResponse` hold the NIK."""
        return HangUp(
            channel=Channel.USSD,
            address=msisdn(require(form, "phoneNumber"), self._country),
            completed=form.get("status") == "Success",
        )
