"""Twilio's API: a message handed over, and what is said to it."""

from base64 import b64decode

import pytest
from msgspec.structs import replace

from channels.contract import Refusal, Refused, Sent
from channels.shared.twilio import BODY_CHARACTERS_MAX, TwilioAccount, read_response
from channels.sms.twilio import TwilioSmsCarrier
from channels.whatsapp.limits import split
from channels.whatsapp.twilio import TwilioWhatsappCarrier
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.wording.gsm7 import to_gsm7
from tests.scripts import NAME, NIK, PHONE, START, WORDING

UNREADABLE = Refused("unreadable", Refusal.UNSURE)  # but taken: 2xx
ACCOUNT = TwilioAccount(
    sid="AC/1", token="t:k", public_url="https://pintu.example/", api_url="https://api.example/"
)
SMS = TwilioSmsCarrier(ACCOUNT, "VAKSIN", WORDING)
WHATSAPP = TwilioWhatsappCarrier(ACCOUNT, "+6281110500567", WORDING)
CONFIRM = Prompt("confirm", {"nik": NIK, "full_name": NAME, "profession": "Perawat"})
REPLY = Reply((CONFIRM,), "id")
LONG = Reply(tuple(Prompt("confirm", CONFIRM.args | {"nik": str(n)}) for n in range(30)), "id")
HIDDEN = Address(AddressKind.WHATSAPP, "US.13491208655302741918")


def outgoing(address=PHONE, reply=REPLY, **more):
    return Outgoing(
        key="k", channel=Channel.SMS, address=address, reply=reply, created_at=START, **more
    )


def test_an_sms_is_handed_over():
    delivery = SMS.compose(outgoing())
    assert delivery.url == "https://api.example/2010-04-01/Accounts/AC%2F1/Messages.json"
    assert b64decode(delivery.headers["authorization"].removeprefix("Basic ")) == b"AC/1:t:k"
    assert delivery.form == {
        "To": PHONE.value,
        "From": "VAKSIN",
        "Body": to_gsm7(WORDING.text(REPLY, "short")),
        "StatusCallback": "https://pintu.example/sms/twilio/receipts",
    }


def test_an_sms_comes_from_the_number_that_was_written_to_if_it_is_ours():
    ours = outgoing(provider="twilio", headers={"to": "+15005550006"})
    theirs = outgoing(provider="jasmin", headers={"to": "1199"})
    assert SMS.compose(ours).form["From"] == "+15005550006"
    assert SMS.compose(theirs).form["From"] == "VAKSIN"


@pytest.mark.parametrize("provider", [None, "twilio", "jasmin"])
def test_an_sms_comes_from_the_name_that_it_is_queued_under(provider):
    named = outgoing(provider=provider, headers={"sender": "PEDULICOVID", "to": "1199"})
    assert SMS.compose(named).form["From"] == "PEDULICOVID"


@pytest.mark.parametrize("address", [PHONE, HIDDEN], ids=lambda address: address.kind)
def test_a_chat_is_handed_over(address):
    delivery = WHATSAPP.compose(outgoing(address))
    assert delivery.form == {
        "To": f"whatsapp:{address.value}",
        "From": "whatsapp:+6281110500567",
        "Body": WORDING.text(REPLY, "long"),
        "StatusCallback": "https://pintu.example/whatsapp/twilio/receipts",
    }


def test_a_chat_too_long_for_one_message_is_read_by_pages():
    parts = split(WORDING.text(LONG, "long"), BODY_CHARACTERS_MAX)
    pages = [WHATSAPP.compose(outgoing(reply=replace(LONG, page=page))) for page in range(20)]
    assert [page.form["Body"] for page in pages[: len(parts)]] == list(parts)
    assert pages[-1].form["Body"] == parts[-1]


def test_a_number_may_be_configured_with_its_prefix():
    prefixed = TwilioWhatsappCarrier(ACCOUNT, "whatsapp:+6281110500567", WORDING)
    assert prefixed.compose(outgoing()) == WHATSAPP.compose(outgoing())


def test_the_token_does_not_show():
    assert "t:k" not in f"{ACCOUNT!r} {SMS.compose(outgoing())!r}"


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (201, b'{"sid":"SM9","code":null}', Sent("SM9")),
        (200, b'{"sid":"SM9"}', Sent("SM9")),
        (201, b"{}", UNREADABLE),
        (201, b'{"sid":""}', UNREADABLE),
        (201, b'{"sid":"a b"}', UNREADABLE),
        (201, b'{"sid":"\xff"}', UNREADABLE),
        (201, b'{"sid":"\\ud800"}', UNREADABLE),
        (201, b'{"a":' + b"[" * 100_000, UNREADABLE),
        (201, b'{"sid":7}', UNREADABLE),
        (201, b'{"sid":"%s"}' % (b"x" * 129), UNREADABLE),
        (400, b'{"code":21610}', Refused("code_21610", Refusal.OPTED_OUT)),
        (400, b'{"code":21614}', Refused("code_21614", Refusal.NOBODY)),
        (400, b'{"code":21211}', Refused("code_21211", Refusal.NOBODY)),
        (400, b'{"code":63016}', Refused("window", Refusal.OTHER_PROVIDER)),
        (400, b'{"code":63018}', Refused("code_63018", Refusal.LATER)),
        (429, b'{"code":20429}', Refused("code_20429", Refusal.LATER)),
        (401, b'{"code":20003}', Refused("code_20003", Refusal.OUR_ACCOUNT)),
        (400, b'{"code":20003}', Refused("code_20003", Refusal.OUR_ACCOUNT)),
        (400, b'{"code":10001}', Refused("code_10001", Refusal.OUR_ACCOUNT)),
        (400, b'{"code":21212}', Refused("code_21212", Refusal.OUR_ACCOUNT)),
        (400, b'{"code":21659}', Refused("code_21659", Refusal.OUR_ACCOUNT)),
        (400, b'{"code":21655}', Refused("code_21655", Refusal.OUR_TEMPLATE)),
        (400, b'{"code":21656}', Refused("code_21656", Refusal.OUR_TEMPLATE)),
        (400, b'{"code":60728}', Refused("code_60728", Refusal.OUR_ACCOUNT)),
        (400, b'{"code":63007}', Refused("code_63007", Refusal.OUR_ACCOUNT)),
        (429, b'{"code":63038}', Refused("code_63038", Refusal.OUR_ACCOUNT)),
        (400, b'{"code":63038}', Refused("code_63038", Refusal.OUR_ACCOUNT)),
        (400, b'{"code":63112}', Refused("code_63112", Refusal.OUR_ACCOUNT)),
        (403, b"", Refused("http_403", Refusal.OUR_ACCOUNT)),
        (500, b'{"code":20500}', Refused("code_20500", Refusal.LATER)),
        (503, b"", Refused("http_503", Refusal.LATER)),
        (302, b"", Refused("http_302", Refusal.LATER)),
        (404, b"<html>", Refused("http_404", Refusal.OTHER_PROVIDER)),
        (400, b'{"code":"21610"}', Refused("http_400", Refusal.OTHER_PROVIDER)),
        (400, b'{"code":1e999}', Refused("http_400", Refusal.OTHER_PROVIDER)),
        (400, b'{"code":1000000000}', Refused("http_400", Refusal.OTHER_PROVIDER)),
        (400, b'{"code":-1}', Refused("http_400", Refusal.OTHER_PROVIDER)),
        (400, b"[]", Refused("http_400", Refusal.OTHER_PROVIDER)),
    ],
)
def test_every_verdict_is_understood(status, body, verdict):
    assert read_response(status, body) == verdict
