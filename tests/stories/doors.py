"""A person's phone and mailbox: what they type becomes the provider's bytes, ours become words."""

import json
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from channels.contract import Request
from channels.email.letter import OwnMailbox
from channels.shared.twilio import TwilioAccount
from channels.sms.twilio import TwilioSmsAdapter, TwilioSmsCarrier
from channels.ussd.africastalking import AfricasTalkingUssd
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from core.conversation.keywords import command_words
from core.messages import Channel
from core.wording.gsm7 import segments, septets, to_gsm7
from gateway.imports.attached import AttachedLists
from gateway.imports.tables import TableReader
from gateway.intake.letters import LetterIntake
from gateway.mail.relay import write_letter
from tests.stories.world import SECRET, URL


@dataclass
class Words:
    """What one of ours looks like: its words, what can be tapped below them, and its size."""

    kind: str  # screen, sms, bubble, letter, page
    text: str
    taps: list[dict] = field(default_factory=list)  # each as Meta's reply to it has it
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
        self.by_whatsapp = MetaCarrier("token", "1050", URL, wording)
        self.mailbox = OwnMailbox(world.campaign.mailboxes[0], SECRET)
        self.letter_intake = LetterIntake(
            intake=world.intake,
            reader=world.spoken.reader,
            keywords=world.spoken.keywords,
            lists=AttachedLists(world.spoken.headings, TableReader()),
            on_list=lambda: None,
        )

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

    def drop(self, phone, call):
        """Let the network say that a call has ended before its time."""
        form = {"sessionId": call, "phoneNumber": phone, "status": "Incomplete"}
        [event] = self.ussd.parse(self._post("/ussd/africastalking/events", urlencode(form)))
        return self.world.intake.note(event, at=self.world.now)

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

    async def write(self, person, text, *, answers=b""):
        """Send a letter, as an answer to one of ours if there is one."""
        ours = message_from_bytes(answers)
        head = {
            "From": f"{person.name.title()} <{person.mail}>",
            "To": ours["Reply-To"] or self.mailbox.address,
            "Subject": f"Re: {ours['Subject']}" if answers else "Pendaftaran",
            "Message-ID": f"<{self._next()}@klinik.example>",
            **({"In-Reply-To": ours["Message-ID"]} if answers else {}),
        }
        lines = [*(f"{name}: {value}" for name, value in head.items()), "", *text.split("\n")]
        letter = self.world.spoken.letters.parse(
            "".join(f"{line}\r\n" for line in lines).encode(),
            received_at=self.world.now,
            envelope_from=person.mail,
            mailboxes=self.world.campaign.mailboxes,
            tags=tags_of(head["To"]),
        )
        await self.letter_intake.deliver(letter)

    def delivered(self, message):
        """Return the words of a queued message on its channel, and the bytes of a letter."""
        if message.channel is Channel.SMS:
            return Words("sms", self.by_sms.compose(message).form["Body"]), b""
        if message.channel is Channel.WHATSAPP:
            return bubble(self.by_whatsapp.compose(message).json), b""
        raw = write_letter(message, self.world.wording, self.mailbox)
        return letter_words(raw), raw


def tags_of(to):
    """Return what stands behind a `+` in an address of ours."""
    name = to.partition("@")[0]
    return [name.partition("+")[2]] if "+" in name else []


def letter_words(raw):
    """Return the subject and the text of a letter of ours, and the names of what it brings."""
    mail = message_from_bytes(raw, policy=default)
    text = mail.get_body(("plain",)).get_content().replace("\r", "").strip()
    files = [f"[{part.get_filename()}]" for part in mail.iter_attachments()]
    return Words("letter", "\n".join([f"{mail['Subject']}", "", text, *files]))


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
    action, text = part["action"], part["body"]["text"]
    buttons = [one["reply"] for one in action.get("buttons", ())]
    rows = [row for one in action.get("sections", ()) for row in one["rows"]]
    asks = [] if buttons or rows else [f"[{part['type']}]"]
    taps = [("button_reply", one) for one in buttons] + [("list_reply", one) for one in rows]
    return Words(
        "bubble", "\n".join([text, *asks]), [{"type": kind, kind: one} for kind, one in taps]
    )


def title(tap):
    """Return the words on a button or a row of a list."""
    return tap[tap["type"]]["title"]


def tapped(tap):
    """Return the content of the message that a tap sends, as Meta has it."""
    return {"type": "interactive", "interactive": tap}
