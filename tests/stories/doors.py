"""A person's phone and mailbox: what they type becomes the provider's bytes, ours become words."""

import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode
from xml.etree import ElementTree as ET

from channels.contract import Request
from channels.email.labels import Labels
from channels.email.letter import LetterParser, OwnMailbox
from channels.email.vouching import MailTrust
from channels.shared.twilio import TwilioAccount
from channels.sms.twilio import TwilioSmsAdapter, TwilioSmsCarrier
from channels.ussd.africastalking import AfricasTalkingUssd
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from core.conversation.keywords import command_words
from core.messages import Channel
from core.wording.gsm7 import segments, septets, to_gsm7

SECRET = b"a secret of thirty-two characters"
URL = "https://pintu.example"


@dataclass
class Words:
    """What one of ours looks like: its words, what can be tapped below them, and its size."""

    kind: str  # screen, sms, bubble, letter
    text: str
    taps: list[str] = field(default_factory=list)
    ends: bool = False

    @property
    def size(self):
        """Return the size as the network counts it."""
        if self.kind == "screen":
            return f"{septets(to_gsm7(self.text))}/160"
        return f"{segments(self.text)} SMS" if self.kind == "sms" else ""


class Doors:
    """The wires of one world."""

    def __init__(self, world):
        wording, country = world.wording, world.campaign.country
        self.world, self.messages = world, 0
        self.ussd = AfricasTalkingUssd(wording, (), country)
        self.sms = TwilioSmsAdapter(wording, URL, None, country)
        self.whatsapp = MetaAdapter(None, None, None, command_words(wording.typed))
        account = TwilioAccount(sid="AC1", token="token", public_url=URL)
        self.by_sms = TwilioSmsCarrier(account, "PEDULICOVID", wording)
        self.by_whatsapp = MetaCarrier("token", "1050", URL, wording, URL)
        labels, trust = Labels(wording.typed), MailTrust("", SECRET)
        self.letters = LetterParser(labels, world.keywords, trust)
        self.mailbox = OwnMailbox(world.campaign.mailboxes[0], SECRET)

    def _next(self):
        self.messages += 1
        return self.messages

    def _post(self, path, body, kind="application/x-www-form-urlencoded"):
        return Request(
            method="POST",
            path=path,
            headers={"content-type": kind},
            body=body.encode(),
            received_at=self.world.now,
        )

    async def hop(self, phone, call, typed):
        """One hop of a USSD call; return the reply and the screen."""
        form = {"sessionId": call, "phoneNumber": phone, "serviceCode": "*119#", "text": typed}
        request = self._post("/ussd/africastalking", urlencode(form))
        reply, said = await self._in_band(self.ussd, request)
        verb, _, screen = said.decode().partition(" ")
        return reply, Words("screen", screen, ends=verb == "END")

    async def text(self, phone, text):
        """Send an SMS; return the reply and the SMS that answers, if any."""
        form = {"MessageSid": f"SM{self._next()}", "From": phone, "To": "1199", "Body": text}
        request = self._post("/sms/twilio", urlencode(form))
        reply, said = await self._in_band(self.sms, request)
        messages = ET.fromstring(said).iter("Message")  # noqa: S314 our own answer
        return reply, [Words("sms", one.text or "") for one in messages]

    async def _in_band(self, channel, request):
        [inbound] = channel.parse(request)
        reply = await self.world.intake.answer(inbound)
        return reply, channel.answer(request, reply).body

    async def chat(self, phone, content):
        """Send a WhatsApp message: a text, or what Meta says of a tap or a place."""
        message = {"from": phone[1:], "id": f"wamid.{self._next()}", **content}
        value = {
            "metadata": {"phone_number_id": "1050"},
            "contacts": [{"wa_id": phone[1:]}],
            "messages": [message],
        }
        body = json.dumps({"entry": [{"changes": [{"field": "messages", "value": value}]}]})
        for event in self.whatsapp.parse(self._post("/whatsapp/meta", body, "application/json")):
            await self.world.intake.enqueue(event)

    def delivered(self, message):
        """Return the words of a queued message as its channel carries them."""
        if message.channel is Channel.SMS:
            return Words("sms", parse_body(self.by_sms.compose(message).form))
        if message.channel is Channel.WHATSAPP:
            return bubble(self.by_whatsapp.compose(message).json)
        raise NotImplementedError(message.channel)


def parse_body(form):
    """Return the text of an SMS from the form that hands it over."""
    return parse_qs(urlencode(form))["Body"][0]


def typed(text):
    """Return the content of a typed message, as Meta has it."""
    return {"type": "text", "text": {"body": text}}


def bubble(content):
    """Return the words of a WhatsApp message of ours, and what can be tapped."""
    kind = content["type"]
    if kind == "text":
        return Words("bubble", content["text"]["body"])
    if kind == "image":
        return Words("bubble", f"[QR]\n{content['image']['caption']}")
    part = content["interactive"]
    text, action = part["body"]["text"], part["action"]
    buttons = [one["reply"]["title"] for one in action.get("buttons", ())]
    rows = [row["title"] for one in action.get("sections", ()) for row in one["rows"]]
    return Words("bubble", text, taps=buttons or rows)
