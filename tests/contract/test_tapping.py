"""A person who only taps, but for NIK and name: what is sent can be tapped, and is read."""

import json
from urllib.parse import urlencode

import pytest

from channels.contract import Request
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from channels.whatsapp.twilio import TwilioWhatsappAdapter, TwilioWhatsappCarrier
from channels.whatsapp.twilio_contents import CONTENTS
from core.appointments.requests import StatusReport
from core.conversation.keywords import command_words
from core.messages import Channel
from core.outbox.message import Outgoing
from core.registration.intent import Outcome, OutcomeKind
from tests.contract.channels import ACCOUNT, envelope
from tests.scripts import NAME, NIK, NUMBER, PHONE, VERIFIED, WORDING, Person

SIDS = {name: f"HX{n:032x}" for n, name in enumerate(CONTENTS)}
COMMANDS = command_words(WORDING.typed)


class Meta:
    wire = MetaAdapter(None, None, "1050", COMMANDS)
    carrier = MetaCarrier("m", "1050", "https://graph.example", WORDING)

    def rows(self, delivery):
        shown = delivery.json.get("interactive", {}).get("action", {})
        buttons = [one["reply"] for one in shown.get("buttons", ())]
        rows = [row for section in shown.get("sections", ()) for row in section["rows"]]
        return {row["id"]: row["title"] for row in (*buttons, *rows)}

    def request(self, name, at, text="", row=None):
        said = {"type": "text", "text": {"body": text}}
        if row:
            choice = {"type": "list_reply", "list_reply": {"id": row[0], "title": row[1]}}
            said = {"type": "interactive", "interactive": choice}
        message = {"from": PHONE.value[1:], "id": name, **said}
        body = json.dumps(envelope({"messages": [message]})).encode()
        return Request(method="POST", path="/whatsapp/meta", body=body, received_at=at)


class Twilio:
    wire = TwilioWhatsappAdapter(WORDING, "", None, SIDS)
    carrier = TwilioWhatsappCarrier(ACCOUNT, "+6281110500567", WORDING, SIDS)

    def rows(self, delivery):
        kind = {sid: name for name, sid in SIDS.items()}.get(delivery.form.get("ContentSid"), "")
        values = [*json.loads(delivery.form.get("ContentVariables", "{}")).values()]
        titles = values[1:] if kind.startswith("buttons") else values[2::2]
        return {str(n): title for n, title in enumerate(titles, 1)}

    def request(self, name, at, text="", row=None):
        said = {"Body": text} if row is None else {"ListId": row[0], "ListTitle": row[1]}
        fields = {"MessageSid": name, "From": f"whatsapp:{PHONE.value}", "NumMedia": "0", **said}
        body = urlencode(fields).encode()
        return Request(method="POST", path="/whatsapp/twilio", body=body, received_at=at)


class Hand:
    """Taps what is shown to a person, and types."""

    def __init__(self, wire):
        self.person, self.wire, self.taps, self.rows = Person(), wire(), 0, {}

    def _send(self, **what):
        self.person.wait(seconds=10)
        request = self.wire.request(f"m{self.person.messages}", self.person.now, **what)
        (event,) = self.wire.wire.parse(request)
        keys = self.person.hear(event)
        outgoing = {"channel": Channel.WHATSAPP, "address": PHONE, "created_at": self.person.now}
        delivery = self.wire.carrier.compose(
            Outgoing(key="k", reply=self.person.reply, **outgoing)
        )
        self.rows = self.wire.rows(delivery)
        return keys[-1]

    def type(self, text):
        return self._send(text=text)

    def tap(self, number):
        self.taps += 1
        return self._send(row=(number, self.rows[number]))


@pytest.mark.parametrize("wire", [Meta, Twilio])
def test_registering_and_booking_takes_taps_and_two_answers_in_words(wire):
    hand = Hand(wire)
    hand.person.outcome = Outcome(
        kind=OutcomeKind.REGISTERED, number=NUMBER, status="verified", bookable=True
    )
    hand.person.report = StatusReport(registrations=(VERIFIED,))
    assert hand.type("halo") == "menu"
    assert hand.tap("1") == "ask_consent"
    assert hand.tap("1") == "ask_nik"
    assert hand.type(NIK) == "ask_full_name"
    assert hand.type(NAME) == "ask_profession"
    assert hand.tap("2") == "confirm"
    assert hand.tap("1") == "ask_booking"
    assert hand.tap("1") == "ask_health"
    assert hand.rows == {"1": "Tidak ada"}  # several others may be typed at once
    assert hand.tap("1") == "ask_seat"
    assert hand.tap("1") == "booked"
    assert hand.taps == 7
    assert hand.rows == {}
