import json

import pytest

from channels.contract import Refusal, Refused, Sent
from channels.sms.africastalking import AfricasTalkingSmsAdapter, AfricasTalkingSmsCarrier
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.wording.gsm7 import to_gsm7
from tests.contract.channels import NOW, PHONE, WORDING, post
from tests.fixtures.segments import segments

LATER = Refusal.LATER
OURS = Refusal.OUR_ACCOUNT
SWITCH = Refusal.OTHER_PROVIDER
NOBODY = Refusal.NOBODY
CHANNEL = AfricasTalkingSmsAdapter((), "ID")
CARRIER = AfricasTalkingSmsCarrier("ministry", "s3cret", "VAKSIN", "https://api.example/", WORDING)
TEXT = {"id": "1", "from": PHONE, "to": "1199", "text": "ya", "date": "2021-01-15 08:00:00"}


def read(**fields):
    return CHANNEL.parse(post("/sms/africastalking", TEXT | fields))


@pytest.mark.parametrize("sender", ["MTN", "1199", "36363", "PEDULICOVID", "+62"])
def test_a_sender_that_cannot_be_answered_is_taken_and_dropped(sender):
    assert read(**{"from": sender}) == ()


def test_an_opt_out_of_no_phone_is_taken_and_dropped():
    fields = {"senderId": "VAKSIN", "phoneNumber": "MTN"}
    assert CHANNEL.parse(post("/sms/africastalking/optouts", fields)) == ()


@pytest.mark.parametrize("name", ["from", "to", "text", "date"])
def test_without_an_id_anything_else_tells_messages_apart(name):
    other = "+6281211110002" if name == "from" else "other"
    (one,), (two,) = read(id=""), read(id="", **{name: other})
    assert one.message_id != two.message_id
    assert read(id="")[0].message_id == one.message_id


@pytest.mark.parametrize("odd", ["x" * 129, "é", "a\nb", "\0"])
def test_an_odd_id_still_tells_messages_apart(odd):
    (one,), (two,) = read(id=odd), read(id=odd + "1")
    assert one.message_id != two.message_id
    assert one.message_id.isascii()
    assert len(one.message_id) < 129


def test_the_short_code_that_was_written_to_is_the_thread():
    assert read()[0].thread == {"to": "1199"}
    assert read(to="")[0].thread == {}
    assert read(to="x" * 4_000)[0].thread == {}


def outgoing(reply=None, provider="africastalking", **headers):
    return Outgoing(
        key="k",
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, PHONE),
        reply=reply or Reply(prompts=(Prompt("menu"),), language="id"),
        created_at=NOW,
        provider=provider,
        headers=headers,
    )


def test_a_message_is_a_form_for_one_person():
    delivery = CARRIER.compose(outgoing())
    assert delivery.url == "https://api.example/version1/messaging"
    assert delivery.headers == {"apikey": "s3cret", "accept": "application/json"}
    assert delivery.form["username"] == "ministry"
    assert delivery.form["to"] == PHONE
    assert delivery.form["bulkSMSMode"] == "1"


@pytest.mark.parametrize(
    ("message", "sender"),
    [
        (outgoing(to="1199"), "1199"),
        (outgoing(), "VAKSIN"),
        (outgoing(provider=None), "VAKSIN"),
        (outgoing(provider="kannel", to="3636"), "VAKSIN"),
        (outgoing(provider=None, sender="PEDULICOVID"), "PEDULICOVID"),
        (outgoing(to="1199", sender="PEDULICOVID"), "PEDULICOVID"),
    ],
)
def test_a_message_comes_from_its_sender_or_where_the_person_wrote_to(message, sender):
    assert CARRIER.compose(message).form["from"] == sender


def test_without_a_sender_the_account_has_one():
    carrier = AfricasTalkingSmsCarrier("ministry", "s3cret", None, "https://api.example", WORDING)
    assert "from" not in carrier.compose(outgoing()).form


def test_a_name_from_elsewhere_does_not_halve_the_message():
    name = {"nik": "3204********0001", "full_name": "Zoë “Ł” \U0001f44d", "profession": "Bidan"}
    text = CARRIER.compose(outgoing(Reply((Prompt("confirm", name),), "id"))).form["message"]
    assert text == to_gsm7(text)
    assert segments(text) == 1


def answer(*recipients, message="Sent to 1/1 Total Cost: USD 0.0079"):
    batch = {"Message": message, "Recipients": list(recipients)}
    return CARRIER.read_response(201, json.dumps({"SMSMessageData": batch}).encode())


def recipient(code):
    return {"cost": "0", "messageId": "ATXid_1", "number": PHONE, "statusCode": code}


@pytest.mark.parametrize("code", [100, 101, 102, "101"])
def test_what_was_taken_is_sent(code):
    assert answer(recipient(code)) == Sent("ATXid_1")


@pytest.mark.parametrize(
    ("code", "may_help"),
    [
        (401, SWITCH),
        (402, SWITCH),
        (403, NOBODY),
        (404, NOBODY),
        (405, OURS),
        (406, Refusal.OPTED_OUT),
        (407, SWITCH),
        (500, LATER),
        (501, LATER),
        (502, LATER),
        (0, SWITCH),
        (103, SWITCH),
        (999, SWITCH),
    ],
)
def test_what_was_refused_is_tried_again_where_that_may_help(code, may_help):
    refused = answer(recipient(code))
    assert refused == Refused(f"code_{code}", may_help)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        ("InvalidSenderId", "InvalidSenderId"),
        ("", "no_recipient"),
        (f"Sent to 0/1: {PHONE}", "no_recipient"),
        ("x" * 41, "no_recipient"),
    ],
)
def test_a_yes_to_nobody_is_a_no(message, why):
    assert answer(message=message) == Refused(why, SWITCH)


@pytest.mark.parametrize(
    ("status", "may_help"),
    [
        (400, SWITCH),
        (401, OURS),
        (403, OURS),
        (404, SWITCH),
        (408, LATER),
        (429, LATER),
        (500, LATER),
        (503, LATER),
        (302, LATER),
        (0, LATER),
    ],
)
def test_a_status_tells_whether_to_try_again(status, may_help):
    refused = CARRIER.read_response(status, b"The supplied authentication is invalid")
    assert refused == Refused(f"http_{status}", may_help)


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b'{"SMSMessageData": null}',
        b'{"SMSMessageData": {"Recipients": "none"}}',
        b'{"SMSMessageData": {"Recipients": [7]}}',
        b'{"SMSMessageData": {"Recipients": [{"statusCode": "soon"}]}}',
        b'{"SMSMessageData": {"Recipients": [{"statusCode": 1e999}]}}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_a_yes_that_cannot_be_read_is_in_doubt(body):
    assert CARRIER.read_response(201, body) == Refused("unreadable", Refusal.UNSURE)
