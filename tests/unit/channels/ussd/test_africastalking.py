from urllib.parse import urlencode

import pytest

from channels.contract import RejectedError, Request
from channels.ussd.africastalking import TYPED_CHARACTERS_MAX, AfricasTalkingUssd
from core.events import HangUp
from core.messages import Channel, Prompt, Reply
from core.wording.gsm7 import fits, to_gsm7
from tests.contract.channels import NOW, WORDING, post

CHANNEL = AfricasTalkingUssd(WORDING, (), "ID")
SCREEN = "/ussd/africastalking"
EVENTS = "/ussd/africastalking/events"
DIAL = {
    "sessionId": "ATUid_1",
    "phoneNumber": "+6281211110001",
    "networkCode": "99999",
    "serviceCode": "*119#",
    "text": "",
}
MENU = Reply(prompts=(Prompt("menu"),), language="id")
LONG = Reply(prompts=(Prompt("ask_profession"),) * 9, language="id")


def read(**fields):
    (event,) = CHANNEL.parse(post(SCREEN, DIAL | fields))
    return event


@pytest.mark.parametrize(
    "typed", ["", "1", "1*", "1**2", "*", "1*98*98*A*B", "1*3204 1157", "é ✓"]
)
def test_what_was_typed_is_passed_on_whole(typed):
    message = read(text=typed)
    assert message.channel is Channel.USSD
    assert message.text == ""
    assert (message.ussd.id, message.ussd.typed) == ("ATUid_1", typed)


def test_each_hop_is_another_message():
    hops = ["", "1", "1*", "1*1", "1*1*1", "11*1", "1*11"]
    assert len({read(text=typed).message_id for typed in hops}) == len(hops)


def test_the_same_typing_in_another_session_is_another_message():
    assert read(text="1").message_id != read(text="1", sessionId="ATUid_2").message_id


def test_what_the_network_adds_changes_no_message_id():
    assert read(text="1", networkCode="51001", newField="x") == read(text="1")


@pytest.mark.parametrize("name", ["sessionId", "phoneNumber", "text"])
def test_a_missing_field_is_malformed(name):
    fields = {key: value for key, value in DIAL.items() if key != name}
    with pytest.raises(RejectedError, match=name) as caught:
        CHANNEL.parse(post(SCREEN, fields))
    assert caught.value.status == 400


@pytest.mark.parametrize("phone", ["MTN", "119", "anonymous", "*119#", "+62"])
def test_an_impossible_phone_is_malformed(phone):
    with pytest.raises(RejectedError) as caught:
        read(phoneNumber=phone)
    assert caught.value.status == 400


def test_typing_is_bounded():
    assert read(text="*" * TYPED_CHARACTERS_MAX)
    with pytest.raises(RejectedError) as caught:
        read(text="*" * (TYPED_CHARACTERS_MAX + 1))
    assert caught.value.status == 413


def answered(reply):
    return CHANNEL.answer(post(SCREEN, DIAL), reply)


def test_a_screen_continues_or_ends():
    going, over = answered(MENU), answered(replace_ends(MENU))
    assert going.body.startswith(b"CON ")
    assert over.body.startswith(b"END ")
    assert going.body[4:] == over.body[4:]
    assert going.content_type.startswith("text/plain")
    assert not going.body[4:5].isspace()


def replace_ends(reply):
    return Reply(prompts=reply.prompts, language=reply.language, ends=True)


@pytest.mark.parametrize("page", range(6))
@pytest.mark.parametrize("language", ["id", "en", "xx"])
def test_every_screen_fits(language, page):
    reply = Reply(prompts=LONG.prompts, language=language, page=page)
    screen = answered(reply).body.decode().removeprefix("CON ")
    assert fits(screen, 160)
    assert to_gsm7(screen) == screen


def test_no_name_is_long_enough_to_overflow_a_screen():
    for length in range(1, 250):
        name = {"nik": "3204********0001", "full_name": "A" * length, "profession": "Bidan"}
        screen = answered(Reply((Prompt("confirm", name),), "id")).body.decode()
        assert fits(screen.removeprefix("CON "), 160)


def test_a_name_that_phones_cannot_show_is_spelled_otherwise():
    reply = Reply(
        prompts=(
            Prompt("confirm", {"nik": "1", "full_name": "Zoë “Ł” \U0001f44d", "profession": "x"}),
        ),
        language="id",
    )
    screen = answered(reply).body.decode().removeprefix("CON ")
    assert to_gsm7(screen) == screen


@pytest.mark.parametrize("reply", [None, Reply(prompts=(), language="id")])
def test_a_screen_is_never_empty(reply):
    assert answered(reply).body.removeprefix(b"END ")


def hung_up(**fields):
    said = {name: value for name, value in DIAL.items() if name != "text"} | fields
    (event,) = CHANNEL.parse(post(EVENTS, said))
    return event


@pytest.mark.parametrize(
    ("status", "completed"),
    [("Success", True), ("Incomplete", False), ("Failed", False), ("", False), ("success", False)],
)
def test_the_end_of_a_session_is_noted(status, completed):
    event = hung_up(status=status)
    assert isinstance(event, HangUp)
    assert event.completed is completed


def test_what_an_event_repeats_of_the_typing_goes_no_further():
    event = hung_up(status="Success", input="1*1*3204115706960001", lastAppResponse="END 3204")
    assert event == hung_up(status="Success")


def test_an_event_is_acknowledged():
    answer = CHANNEL.answer(post(EVENTS, DIAL), None)
    assert (answer.status, answer.body) == (200, b"OK")


def test_a_body_in_raw_utf_8_is_read():
    body = urlencode(DIAL | {"text": ""}).encode() + "é".encode()
    request = Request(method="POST", path=SCREEN, body=body, received_at=NOW)
    (event,) = CHANNEL.parse(request)
    assert event.ussd.typed == "é"


def test_an_ending_of_several_pages_waits_until_the_last():
    standing = {"number": "7K3M-9QXC", "full_name": "A" * 60, "status": "@status_received"}
    prompts = tuple(Prompt("status_one", standing) for _ in range(3))
    verbs, page = [], 0
    while not verbs or verbs[-1] == "CON":
        reply = Reply(prompts, "id", page=page, ends=True)
        verbs.append(answered(reply).body[:3].decode())
        page += 1
    assert len(verbs) > 1
    assert verbs[-1] == "END"
