"""Every wire and every carrier there is, as the suites over all of them need it: one row each."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from msgspec.structs import replace

from channels.contract import Carrier, ChannelAdapter, Request
from channels.shared.twilio import TwilioAccount
from channels.sms.africastalking import AfricasTalkingSmsAdapter, AfricasTalkingSmsCarrier
from channels.sms.jasmin import Jasmin
from channels.sms.kannel import Kannel
from channels.sms.twilio import TwilioSmsAdapter, TwilioSmsCarrier
from channels.ussd.africastalking import AfricasTalkingUssd
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from channels.whatsapp.twilio import TwilioWhatsappAdapter, TwilioWhatsappCarrier
from core.messages import Prompt, Reply
from tests.contract.signed import (
    APP_SECRET,
    PUBLIC_URL,
    TOKEN,
    meta_strangers,
    sign_meta,
    sign_twilio,
    twilio_strangers,
)
from tests.docs.pages import example
from tests.fixtures.newest_ussd import NewestUssd
from tests.scripts import WORDING

ExampleTelco = example("docs/adding-a-channel.md", 0)["ExampleTelco"]
NOW = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)
KEY = "kunci rahasia/1"  # with what must be quoted in an address
NIK = "3204115706960001"
NAME = "SITI AMINAH"
PHONE = "+6281211110001"
PERSONAL = (NIK, NAME, PHONE[1:])
TEXT = f"DAFTAR {NIK}#{NAME}#PERAWAT"
REPLY = Reply(
    prompts=(Prompt("confirm", {"nik": NIK, "full_name": NAME, "profession": "Perawat"}),),
    language="id",
)
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@dataclass(frozen=True)
class Wire:
    """One channel, `guarded` by its secret and `open` without one.

    `good(text, name)` is a request with one message, which the provider calls `name`.
    `forged` turns it into those that a stranger could make.
    """

    name: str
    guarded: ChannelAdapter
    open: ChannelAdapter
    good: Callable[[str, str], Request]
    forged: Callable[[Request], list[Request]]


@dataclass(frozen=True)
class Hauler:
    """One carrier. `taken` is an answer of the provider that says yes, `refused` one of no."""

    name: str
    carrier: Carrier
    taken: tuple[int, bytes]
    refused: tuple[int, bytes]


def post(path, fields, *, query=""):
    return Request(
        method="POST",
        path=path,
        query=query,
        headers=FORM,
        body=urlencode(fields).encode(),
        received_at=NOW,
    )


def with_key(fields=()):
    return urlencode({"key": KEY, **dict(fields)})


def strangers(good):
    """The same request from somebody who does not know the key in the address."""
    rest = good.query.partition("&")[2]
    keys = ("", "key=", "key", "key=kunci", f"KEY={KEY}", urlencode({"key": KEY + "1"}))
    return [replace(good, query=f"{key}&{rest}" if rest else key) for key in keys]


def _ussd(text, name):
    fields = {
        "sessionId": name,
        "phoneNumber": PHONE,
        "networkCode": "99999",
        "serviceCode": "*119#",
        "text": text,
    }
    return post("/ussd/africastalking", fields, query=with_key())


def _newest(text, name):
    query = with_key({"msisdn": PHONE[1:], "session": name, "request": text})
    return Request(method="GET", path="/ussd/newest", query=query, received_at=NOW)


def _africastalking(text, name):
    fields = {
        "id": name,
        "from": PHONE,
        "to": "1199",
        "text": text,
        "date": "2021-01-15T08:00:00Z",
        "linkId": "",
    }
    return post("/sms/africastalking", fields, query=with_key())


def _kannel(text, name):
    fields = {"sender": PHONE[1:], "to": "1199", "ts": "2021-01-15 08:00:00", "id": name}
    query = with_key(fields | {"message": text})
    return Request(method="GET", path="/sms/kannel", query=query, received_at=NOW)


def _jasmin(text, name):
    fields = {
        "id": name,
        "from": PHONE[1:],
        "to": "1199",
        "origin-connector": "telco",
        "coding": "0",
        "content": text,
        "binary": text.encode("ascii").hex(),
    }
    return post("/sms/jasmin", fields, query=with_key())


def _example(text, name):
    body = json.dumps({"id": name, "from": PHONE, "text": text}).encode()
    where = {"method": "POST", "path": "/sms/example", "query": with_key()}
    return Request(**where, body=body, received_at=NOW)


def _twilio_texts(text, name):
    fields = {
        "ToCountry": "ID",
        "MessageSid": name,
        "SmsStatus": "received",
        "From": PHONE,
        "To": "1199",
        "Body": text,
        "NumMedia": "0",
        "FromCity": "",
    }
    return sign_twilio(post("/sms/twilio", fields))


def _twilio_chats(text, name):
    fields = {
        "MessageSid": name,
        "From": f"whatsapp:{PHONE}",
        "To": "whatsapp:+6281110500567",
        "WaId": PHONE[1:],
        "ProfileName": NAME,
        "MessageType": "text",
        "Body": text,
        "NumMedia": "0",
    }
    return sign_twilio(post("/whatsapp/twilio", fields))


def envelope(*values, number="1050"):
    """Return a body of Meta's with these values, each a change of its own."""
    metadata = {"display_phone_number": "6281110500567", "phone_number_id": number}
    changes = [
        {
            "field": "messages",
            "value": {"messaging_product": "whatsapp", "metadata": metadata} | value,
        }
        for value in values
    ]
    return {"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]}


def post_meta(body):
    raw = json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = Request(
        method="POST", path="/whatsapp/meta", headers=headers, body=raw, received_at=NOW
    )
    return sign_meta(request)


def _meta(text, name):
    contact = {"profile": {"name": NAME}, "wa_id": PHONE[1:]}
    message = {
        "from": PHONE[1:],
        "id": name,
        "timestamp": "1610697600",
        "type": "text",
        "text": {"body": text},
    }
    return post_meta(envelope({"contacts": [contact], "messages": [message]}))


ACCOUNT = TwilioAccount(
    sid="AC1", token=TOKEN, public_url=PUBLIC_URL, api_url="https://api.example/"
)

CONTENTS = {"buttons2": f"HX{2:032x}", "list4": f"HX{4:032x}"}

WIRES = (
    Wire(
        "ussd/africastalking",
        AfricasTalkingUssd(WORDING, (KEY,), "ID"),
        AfricasTalkingUssd(WORDING, (), "ID"),
        _ussd,
        strangers,
    ),
    Wire(
        "sms/africastalking",
        AfricasTalkingSmsAdapter((KEY,), "ID"),
        AfricasTalkingSmsAdapter((), "ID"),
        _africastalking,
        strangers,
    ),
    Wire(
        "sms/kannel",
        Kannel(WORDING, (KEY,), "ID"),
        Kannel(WORDING, (), "ID"),
        _kannel,
        strangers,
    ),
    Wire("sms/jasmin", Jasmin((KEY,), "ID"), Jasmin((), "ID"), _jasmin, strangers),
    Wire(
        "sms/twilio",
        TwilioSmsAdapter(WORDING, PUBLIC_URL, TOKEN, "ID"),
        TwilioSmsAdapter(WORDING, PUBLIC_URL, None, "ID"),
        _twilio_texts,
        twilio_strangers,
    ),
    Wire(
        "whatsapp/twilio",
        TwilioWhatsappAdapter(WORDING, PUBLIC_URL, TOKEN),
        TwilioWhatsappAdapter(WORDING, PUBLIC_URL, None),
        _twilio_chats,
        twilio_strangers,
    ),
    Wire(
        "whatsapp/meta",
        MetaAdapter(APP_SECRET, "verifikasi", "1050"),
        MetaAdapter(None, None, None),
        _meta,
        meta_strangers,
    ),
)

TRIALS = (  # wires that nobody serves, of a kind that the contract must carry
    Wire(
        "ussd/newest",
        NewestUssd(WORDING, (KEY,), "ID"),
        NewestUssd(WORDING, (), "ID"),
        _newest,
        strangers,
    ),
    Wire(  # as docs/adding-a-channel.md has it
        "sms/example",
        ExampleTelco(WORDING, (KEY,), "ID"),
        ExampleTelco(WORDING, (), "ID"),
        _example,
        strangers,
    ),
)

CARRIERS = (
    Hauler(
        "sms/africastalking",
        AfricasTalkingSmsCarrier("ministry", "s3cret", "VAKSIN", "https://api.example/", WORDING),
        (201, b'{"SMSMessageData":{"Recipients":[{"statusCode":101,"messageId":"ATXid_1"}]}}'),
        (201, b'{"SMSMessageData":{"Message":"InvalidSenderId","Recipients":[]}}'),
    ),
    Hauler(
        "sms/twilio",
        TwilioSmsCarrier(ACCOUNT, "VAKSIN", WORDING),
        (201, b'{"sid":"SM1","status":"queued","error_code":null}'),
        (400, b'{"code":21610,"message":"unsubscribed","status":400}'),
    ),
    Hauler(
        "whatsapp/twilio",
        TwilioWhatsappCarrier(ACCOUNT, "+6281110500567", WORDING),
        (201, b'{"sid":"SM1","status":"queued","error_code":null}'),
        (400, b'{"code":63016,"message":"outside the window","status":400}'),
    ),
    Hauler(
        "whatsapp/twilio with contents",
        TwilioWhatsappCarrier(ACCOUNT, "+6281110500567", WORDING, CONTENTS),
        (201, b'{"sid":"SM1","status":"queued","error_code":null}'),
        (400, b'{"code":21656,"message":"variables","status":400}'),
    ),
    Hauler(
        "whatsapp/meta",
        MetaCarrier("access", "1050", "https://graph.example/", WORDING),
        (200, b'{"messaging_product":"whatsapp","messages":[{"id":"wamid.1"}]}'),
        (400, b'{"error":{"message":"(#131047) late","code":131047}}'),
    ),
)
