"""One person through every door: the same intent, but for where it came from."""

from urllib.parse import urlencode

import pytest

from channels.contract import Request
from channels.sms.africastalking import AfricasTalkingSmsAdapter
from channels.sms.jasmin import Jasmin
from channels.sms.kannel import Kannel
from channels.sms.twilio import TwilioSmsAdapter
from channels.ussd.africastalking import AfricasTalkingUssd
from channels.whatsapp.twilio import TwilioWhatsappAdapter
from core.conversation.engine import Conversation
from core.conversation.session import Session
from tests.contract.channels import WEB, send_form, turn_of
from tests.scripts import (
    CAMPAIGN,
    KEYWORDS,
    LANGUAGES,
    NAME,
    NIK,
    PHONE,
    REGISTERED,
    START,
    WORDING,
    parse_letter,
)

WORDS = ("DAFTAR", "1", NIK, NAME, "2", "1")
ONE_MESSAGE = (f"daftar {NIK}#{NAME}#perawat", "ya")
PROVENANCE = {
    "intent_id",
    "voucher",
    "channel",
    "consent",
    "provider",
    "address",
    "message_id",
    "received_at",
    "consent_at",
}
LETTER = f"""From: Siti <siti@klinik.example>
To: vaksin@pedulilindungi.id
Subject: Pendaftaran
Message-ID: <1@klinik.example>

NIK: {NIK}
Nama: {NAME}
Profesi: Perawat
No HP: 0812-1111-0001
"""


def post(channel, path, **form):
    request = Request(method="POST", path=path, body=urlencode(form).encode(), received_at=START)
    return channel.parse(request)


def ussd():
    channel, typed = AfricasTalkingUssd(WORDING, (), "ID"), ""
    for word in ("", "1", "1", NIK, NAME, "2", "1"):
        typed = f"{typed}*{word}" if typed else word
        hop = {"sessionId": "ATUid_1", "phoneNumber": PHONE.value, "text": typed}
        yield from post(
            channel, "/ussd/africastalking", serviceCode="*119#", networkCode="99999", **hop
        )


def africastalking(words):
    for n, word in enumerate(words):
        form = {
            "id": f"m{n}",
            "from": PHONE.value,
            "to": "1199",
            "text": word,
            "date": "2021-01-15",
        }
        yield from post(AfricasTalkingSmsAdapter((), "ID"), "/sms/africastalking", **form)


def twilio(channel, path, prefix, words):
    for n, word in enumerate(words):
        form = {
            "MessageSid": f"SM{n}",
            "From": f"{prefix}{PHONE.value}",
            "Body": word,
            "NumMedia": "0",
        }
        yield from post(channel, path, **form)


def kannel(words):
    for n, word in enumerate(words):
        form = {"id": f"m{n}", "sender": PHONE.value, "to": "1199", "message": word}
        yield from post(Kannel(WORDING, (), "ID"), "/sms/kannel", **form)


def jasmin(words):
    for n, word in enumerate(words):
        form = {"id": f"m{n}", "from": PHONE.value, "to": "1199", "content": word, "coding": "0"}
        yield from post(Jasmin((), "ID"), "/sms/jasmin", **form)


def letter():
    yield parse_letter(
        LETTER.encode(), received_at=START, envelope_from="siti@klinik.example",
        mailboxes=CAMPAIGN.mailboxes,
    )  # fmt: skip


def web():
    answers = {
        "ask_consent": {"consent": "agree"},
        "ask_nik": {"nik": "3204 1157 0696 0001"},
        "ask_full_name": {"full_name": NAME},
        "ask_profession": {"profession": "perawat"},
        "ask_phone": {"phone": "0812-1111-0001"},
        "confirm_phone": {"tap": "1 Ya"},
    }
    pages = ({"word": "daftar"}, *({"asked": asked, **one} for asked, one in answers.items()))
    for n, fields in enumerate(pages):
        yield from WEB.parse(send_form(fields, turn=turn_of(str(n))))


URL = "https://example.org"
DOORS = {
    "ussd": ussd,
    "sms, africastalking": lambda: africastalking(WORDS),
    "sms, one message": lambda: africastalking(ONE_MESSAGE),
    "sms, twilio": lambda: twilio(
        TwilioSmsAdapter(WORDING, URL, None, "ID"), "/sms/twilio", "", WORDS
    ),
    "sms, kannel": lambda: kannel(WORDS),
    "sms, jasmin": lambda: jasmin(WORDS),
    "whatsapp, twilio": lambda: twilio(
        TwilioWhatsappAdapter(WORDING, URL, None), "/whatsapp/twilio", "whatsapp:", WORDS
    ),
    "email": letter,
    "web": web,
}


def intent_through(door):
    conversation, session = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS), Session()
    for inbound in DOORS[door]():
        session = conversation.advance(session, inbound).session
        if session.pending is not None:
            intent = session.pending.intent
            session = conversation.settle(session, REGISTERED)
            return intent
    raise AssertionError("no intent came of it")


@pytest.mark.parametrize("door", DOORS)
def test_every_door_leads_to_the_same_intent(door):
    first = intent_through("ussd").model_dump(exclude=PROVENANCE)
    assert intent_through(door).model_dump(exclude=PROVENANCE) == first
