"""What Kannel and Jasmin are given to send, and what their responses mean."""

from urllib.parse import quote, urlsplit

import pytest

from channels.contract import Refusal, Refused, Request, Sent
from channels.sms.coding import decode_sms
from channels.sms.jasmin import Jasmin, JasminCarrier
from channels.sms.kannel import Kannel, KannelCarrier
from channels.sms.sending import SEGMENTS_MAX
from core.events import Receipt, ReceiptStatus
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from tests.contract.channels import JASMIN as JASMIN_ACCOUNT
from tests.contract.channels import KANNEL as KANNEL_ACCOUNT
from tests.contract.channels import KEY, NOW, PHONE, WORDING
from tests.contract.signed import PUBLIC_URL
from tests.fixtures.segments import segments

KANNEL = KannelCarrier(KANNEL_ACCOUNT, WORDING)
JASMIN = JasminCarrier(JASMIN_ACCOUNT, WORDING)
LATER, OURS, SWITCH = Refusal.LATER, Refusal.OUR_ACCOUNT, Refusal.OTHER_PROVIDER
HARD = "[1] @ é € “ya”"  # escapes, the octet 0, a letter of two octets in UTF-8, and quotes
PLAIN = '[1] @ é € "ya"'


def outgoing(reply=None, provider=None, channel=Channel.SMS, **headers):
    return Outgoing(
        key="k",
        channel=channel,
        address=Address(AddressKind.PHONE, PHONE),
        reply=reply or Reply((Prompt("menu"),), "id"),
        created_at=NOW,
        provider=provider,
        headers=headers,
    )


def saying(name):
    facts = {"nik": "3204********0001", "full_name": f"@text:{name}", "profession": "Bidan"}
    return outgoing(Reply((Prompt("confirm", facts),), "id"))


def sender(carrier, message):
    delivery = carrier.compose(message)
    return delivery.headers.get("x-kannel-from") or delivery.form["from"]


@pytest.mark.parametrize("carrier", [KANNEL, JASMIN])
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "1199"),
        ({"to": "3636", "provider": "twilio"}, "1199"),
        ({"to": "3636", "channel": Channel.WHATSAPP}, "1199"),
        ({"sender": "PEDULICOVID"}, "PEDULICOVID"),
        ({"sender": ""}, "1199"),
        ({"sender": "x\r\nx-kannel-to: 1"}, "1199"),
        ({"sender": "W" * 17}, "1199"),
    ],
)
def test_a_message_is_from_the_short_code_unless_it_names_another(carrier, asked, expected):
    assert sender(carrier, outgoing(**asked)) == expected


@pytest.mark.parametrize("carrier", [KANNEL, JASMIN])
def test_an_answer_is_from_the_number_that_was_written_to_here(carrier):
    assert sender(carrier, outgoing(provider=carrier.provider, to="3636")) == "3636"
    assert sender(carrier, outgoing(provider=carrier.provider, to="36\n36")) == "1199"


def test_kannel_gets_headers_and_the_text_as_the_body():
    delivery = KANNEL.compose(saying(HARD), "4711")
    assert delivery.url == "http://kannel.example/cgi-bin/sendsms"
    assert PLAIN in delivery.content.decode()
    assert {name: delivery.headers[name] for name in delivery.headers if "dlr" not in name} == {
        "content-type": "text/plain; charset=utf-8",
        "x-kannel-username": "ministry",
        "x-kannel-password": "s3cret",
        "x-kannel-from": "1199",
        "x-kannel-to": PHONE,
        "x-kannel-coding": "0",
        "x-kannel-charset": "UTF-8",
    }


def test_jasmin_gets_the_octets_of_the_text():
    form = JASMIN.compose(saying(HARD), "4711").form
    assert (form["to"], form["coding"]) == (PHONE[1:], "0")
    octets = bytes.fromhex(form["hex-content"])
    assert PLAIN in decode_sms(octets, 0)
    assert 0 in octets


def test_a_long_text_is_cut_to_pages():
    long = outgoing(Reply((Prompt("menu"),) * 60, "id"))
    assert segments(KANNEL.compose(long).content.decode()) == SEGMENTS_MAX
    octets = bytes.fromhex(JASMIN.compose(long).form["hex-content"])
    assert segments(decode_sms(octets, 0)) == SEGMENTS_MAX


def kannel_calls(url, code):
    """Return the receipt's request as Kannel makes it: it fills in `%d`, and `%%` is a `%`."""
    address = url.replace("%%", "\0").replace("%d", code).replace("\0", "%")
    return parse(Kannel(WORDING, (KEY,), "ID"), "GET", address)


def parse(adapter, method, address, body=b""):
    where = urlsplit(address.removeprefix(PUBLIC_URL))
    given = {"method": method, "path": where.path, "query": where.query, "body": body}
    return adapter.parse(Request(**given, received_at=NOW))


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        ("1", ReceiptStatus.DELIVERED, ""),
        ("2", ReceiptStatus.FAILED, "undelivered"),
        ("8", ReceiptStatus.SENT, ""),
        ("16", ReceiptStatus.FAILED, "rejected"),
    ],
)
def test_what_kannel_is_asked_to_call_is_a_receipt_of_the_message(code, status, reason):
    headers = KANNEL.compose(outgoing(), "4711").headers
    assert int(headers["x-kannel-dlr-mask"]) & int(code)
    assert headers["x-kannel-dlr-url"].startswith(f"{PUBLIC_URL}/sms/kannel/receipts?")
    receipt = Receipt(
        provider="kannel",
        provider_id="4711",
        status=status,
        reason=reason,
        reference="4711",
        channel=Channel.SMS,
    )
    assert kannel_calls(headers["x-kannel-dlr-url"], code) == (receipt,)


def test_no_word_of_ours_is_to_come_back_in_an_address():
    """Kannel's `%A` and `%a` hold the beginning of the text: a code."""
    url = KANNEL.compose(outgoing(), "4711").headers["x-kannel-dlr-url"]
    assert url.replace("%%", "").count("%") == 1
    assert quote(KEY, safe="").replace("%", "%%") in url


def test_what_jasmin_is_asked_to_call_is_a_receipt_of_the_message():
    form = JASMIN.compose(outgoing(), "4711").form
    assert (form["dlr"], form["dlr-level"], form["dlr-method"]) == ("yes", "3", "POST")
    adapter, said = Jasmin((KEY,), "ID"), b"id=c0ffee&message_status=DELIVRD"
    (receipt,) = parse(adapter, "POST", form["dlr-url"], said)
    assert (receipt.provider_id, receipt.reference) == ("c0ffee", "4711")


@pytest.mark.parametrize(
    ("status", "body", "means"),
    [
        (202, b"0: Accepted for delivery", Sent("")),
        (202, b"3: Queued for later delivery", Sent("")),
        (202, b"", Refused("unreadable", Refusal.UNSURE)),
        (200, b"<html>0: hello", Refused("unreadable", Refusal.UNSURE)),
        (400, b"Number(s) has/have been denied", Refused("http_400", SWITCH)),
        (403, b"Authorization failed for sendsms", Refused("http_403", OURS)),
        (404, b"", Refused("http_404", OURS)),
        (503, b"Temporal failure, try again later.", Refused("http_503", LATER)),
    ],
)
def test_what_kannel_answers(status, body, means):
    assert KANNEL.read_response(status, body) == means


@pytest.mark.parametrize(
    ("status", "body", "means"),
    [
        (200, b'Success "8c4b1f0e-6f0b"', Sent("8c4b1f0e-6f0b")),
        (200, b'Success "%b"' % (b"x" * 128), Sent("x" * 128)),
        (200, b'Success "%b"' % (b"x" * 129), Refused("unreadable", Refusal.UNSURE)),
        (200, b'Success ""', Refused("unreadable", Refusal.UNSURE)),
        (200, b'Error "why"', Refused("unreadable", Refusal.UNSURE)),
        (400, b'Error "Value filter failed"', Refused("http_400", SWITCH)),
        (403, b'Error "Authentication failure for username:x"', Refused("http_403", OURS)),
        (403, b'Error "User throughput exceeded"', Refused("throughput", LATER)),
        (412, b'Error "No route found"', Refused("http_412", OURS)),
        (500, b'Error "Cannot send submit_sm"', Refused("http_500", LATER)),
    ],
)
def test_what_jasmin_answers(status, body, means):
    assert JASMIN.read_response(status, body) == means
