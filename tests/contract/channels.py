"""Every wire and every carrier there is, as the suites over all of them need it: one row each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from channels.base import Carrier, Channel, Request
from channels.sms.africastalking import AfricasTalkingSms, AfricasTalkingTexts
from channels.sms.jasmin import Jasmin
from channels.sms.kannel import Kannel
from channels.ussd.africastalking import AfricasTalkingUssd
from core.message import Prompt, Reply
from core.wording import load_wording
from tests.scripts import CAMPAIGN

WORDING = load_wording(None, CAMPAIGN)
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
    guarded: Channel
    open: Channel
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


WIRES = (
    Wire(
        "ussd/africastalking",
        AfricasTalkingUssd(WORDING, KEY, "ID"),
        AfricasTalkingUssd(WORDING, None, "ID"),
        _ussd,
        strangers,
    ),
    Wire(
        "sms/africastalking",
        AfricasTalkingTexts(KEY, "ID"),
        AfricasTalkingTexts(None, "ID"),
        _africastalking,
        strangers,
    ),
    Wire(
        "sms/kannel",
        Kannel(WORDING, KEY, "ID"),
        Kannel(WORDING, None, "ID"),
        _kannel,
        strangers,
    ),
    Wire("sms/jasmin", Jasmin(KEY, "ID"), Jasmin(None, "ID"), _jasmin, strangers),
)

CARRIERS = (
    Hauler(
        "sms/africastalking",
        AfricasTalkingSms("ministry", "s3cret", "VAKSIN", "https://api.example/", WORDING),
        (201, b'{"SMSMessageData":{"Recipients":[{"statusCode":101,"messageId":"ATXid_1"}]}}'),
        (201, b'{"SMSMessageData":{"Message":"InvalidSenderId","Recipients":[]}}'),
    ),
)
