"""Every wire and every carrier there is, as the suites over all of them need it: one row each."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from msgspec.structs import replace

from channels.contract import Carrier, ChannelAdapter, Request
from channels.shared.twilio import TwilioAccount
from channels.sms.africastalking import AfricasTalkingSmsAdapter, AfricasTalkingSmsCarrier
from channels.sms.digihub import (
    DigihubAccount,
    DigihubCarrier,
    DigihubReceipts,
    sign_reference,
)
from channels.sms.jasmin import Jasmin, JasminCarrier
from channels.sms.kannel import Kannel, KannelCarrier
from channels.sms.sending import GatewayAccount
from channels.sms.twilio import TwilioSmsAdapter, TwilioSmsCarrier
from channels.ussd.africastalking import AfricasTalkingUssd
from channels.web.form import FORM as WEB_FORM
from channels.web.form import WebForm
from channels.web.tokens import Seals, web_value
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
from tests.fixtures.ussd_gateways import mapped
from tests.scripts import CAMPAIGN, WORDING

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
    `forged` turns it into those that a stranger could make, and `asks` into that which is answered
    with the words.
    """

    name: str
    guarded: ChannelAdapter
    open: ChannelAdapter
    good: Callable[[str, str], Request]
    forged: Callable[[Request], list[Request]]
    asks: Callable[[Request], Request] = lambda good: good


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


def _aat(text, name):
    fields = {"msisdn": PHONE, "provider": "Telco", "request": text, "ussdSessionId": name}
    query = with_key(fields | {"to_addr": "119"})
    return Request(method="GET", path="/ussd/aat", query=query, received_at=NOW)


def _truroute(text, name):
    texts = {"msisdn": PHONE[1:], "sessionid": name, "type": "2", "msg": text}
    inner = "".join(f"<{tag}>{escape(value)}</{tag}>" for tag, value in texts.items())
    where = {"method": "POST", "path": "/ussd/truroute", "query": with_key()}
    return Request(**where, body=f"<ussd>{inner}</ussd>".encode(), received_at=NOW)


def _hollatags(text, name):
    fields = {
        "session_msisdn": PHONE[1:],
        "session_operation": "continue",
        "session_msg": text,
        "session_id": name,
    }
    query = with_key(fields)
    return Request(method="GET", path="/ussd/hollatags", query=query, received_at=NOW)


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


def _digihub(_text, name):
    reference = "".join(filter("0123456789".__contains__, name)) or "4711"
    said = {"transaction_id": sign_reference(reference, KEY), "message_id": "18D10100"}
    return post_json("/callback/digihub/smsapi", {**said, "status": "DELIVRD"})


def post_json(path, said):
    return Request(method="POST", path=path, body=json.dumps(said).encode(), received_at=NOW)


def digihub_strangers(good):
    """The same receipt from somebody who does not know what signs its transaction."""
    said = json.loads(good.body)
    ours = said["transaction_id"]
    ids = ("", "4711", ours[:-1], "1" + ours, sign_reference("4711", ""), ours.upper())
    return [post_json(good.path, said | {"transaction_id": one}) for one in ids]


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


SECRET = "the form is sealed with this"
BROWSER = "AAAAAAAAAAAAAAAAAAAAAA"  # the token in its cookie


def send_form(fields, *, turn, token=BROWSER, **headers):
    """Return what a browser sends with the form of the page `turn`."""
    seal = Seals(SECRET.encode(), bytes).seal(token, turn)
    cookie = {"cookie": f"satupintu_form={token}"} if token else {}
    request = post(WEB_FORM, {"turn": turn, "csrf": seal, **fields})
    return replace(request, headers={**FORM, **cookie, **headers})


def turn_of(name):
    """Return the turn of the page that a test calls `name`."""
    return web_value(name)


def _web(text, name):
    return send_form({"text": text}, turn=turn_of(name))


def _look(good):
    return replace(good, method="GET", body=b"")


def web_strangers(good):
    """The same form from another site, for another browser, and with a seal that is not ours."""
    others = ({"origin": "https://evil.example"}, {"origin": "null"}, {"cookie": ""})
    sites = ({"sec-fetch-site": "cross-site"}, {"cookie": f"satupintu_form={'B' * 22}"})
    bodies = (good.body.replace(b"csrf=", b"csrf=A"), good.body.replace(b"csrf=", b"other="))
    forged = [replace(good, headers={**good.headers, **one}) for one in (*others, *sites)]
    return [*forged, *(replace(good, body=one) for one in bodies)]


WEB = WebForm(WORDING, CAMPAIGN, seals=Seals(SECRET.encode(), bytes), url="http://127.0.0.1:8000")
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
    Wire("ussd/aat", mapped("aat", KEY), mapped("aat"), _aat, strangers),
    Wire("ussd/truroute", mapped("truroute", KEY), mapped("truroute"), _truroute, strangers),
    Wire("ussd/hollatags", mapped("hollatags", KEY), mapped("hollatags"), _hollatags, strangers),
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
    Wire("web/form", WEB, WEB, _web, web_strangers, _look),
)

TRIALS = (  # wires that nobody serves, of a kind that the contract must carry
    Wire(  # as docs/adding-a-channel.md has it
        "sms/example",
        ExampleTelco(WORDING, (KEY,), "ID"),
        ExampleTelco(WORDING, (), "ID"),
        _example,
        strangers,
    ),
)

REPORTS = (  # wires that bring receipts only
    Wire("sms/digihub", DigihubReceipts((KEY,)), DigihubReceipts(()), _digihub, digihub_strangers),
)

OPERATOR = {
    "username": "ministry",
    "password": "s3cret",
    "sender": "1199",
    "public_url": PUBLIC_URL,
    "keys": (KEY,),
}
KANNEL = GatewayAccount(url="http://kannel.example/cgi-bin/sendsms", **OPERATOR)
JASMIN = GatewayAccount(url="http://jasmin.example/send", **OPERATOR)
DIGIHUB = DigihubAccount(
    api_key="e688u2hgpk", secret="s3cret", sender="1199", public_url=PUBLIC_URL, keys=(KEY,)
)

CARRIERS = (
    Hauler(
        "sms/kannel",
        KannelCarrier(KANNEL, WORDING),
        (202, b"0: Accepted for delivery"),
        (403, b"Authorization failed for sendsms"),
    ),
    Hauler(
        "sms/jasmin",
        JasminCarrier(JASMIN, WORDING),
        (200, b'Success "8c4b1f0e-6f0b-4c0a-9a53-6f1f2d1c8a78"'),
        (412, b'Error "No route found"'),
    ),
    Hauler(
        "sms/digihub",
        DigihubCarrier(DIGIHUB, WORDING),
        (200, b'{"transaction":{"status_code":"00000"},"sms_information":{"message_id":"1"}}'),
        (400, b'{"transaction":{"status_code":"20002","status_desc":"INVALID MSISDN"}}'),
    ),
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
