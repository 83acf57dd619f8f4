"""Meta's Cloud API: the proof that an address is ours, and envelopes of many things."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.contract import RejectedError, Request, Response, Sent
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from channels.whatsapp.meta_payload import CODE_MAX, TEXT_CHARACTERS_MAX
from core.conversation.keywords import TEXT_LENGTH_MAX, command_words
from core.events import Moved, OptOut, Receipt
from core.messages import Address, AddressKind, Channel, Inbound
from tests.contract.channels import envelope
from tests.scripts import PHONE, START, WORDING

CHATS = MetaAdapter(None, "verifikasi", "1050", command_words(WORDING.typed))
ANYONES = MetaAdapter(None, None, None)
WHATSAPP = MetaCarrier("rahasia", "1050/1", "https://graph.example/v1/", WORDING)
MESSAGE = {
    "from": PHONE.value[1:],
    "id": "wamid.1",
    "type": "text",
    "text": {"body": "DAFTAR"},
}


def post(body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(method="POST", path="/whatsapp/meta", body=raw, received_at=START)


def get(**query):
    fields = {f"hub.{name}": value for name, value in query.items()}
    return Request(method="GET", path="/whatsapp/meta", query=urlencode(fields), received_at=START)


def heard(**message):
    (event,) = CHATS.parse(post(envelope({"messages": [MESSAGE | message]})))
    return event


def events_in(raw):
    """What is read; nothing from what is rejected, and that for its form only."""
    try:
        return ANYONES.parse(post(raw))
    except RejectedError as rejected:
        if rejected.status != 400:
            raise
        return ()


# -- verification ----------------------------------------------------------------------------


def test_the_challenge_is_said_back_as_plain_text():
    asked = get(mode="subscribe", challenge="1158201444", verify_token="verifikasi")
    assert CHATS.parse(asked) == ()
    assert CHATS.answer(asked, None) == Response(b"1158201444")
    assert CHATS.answer(asked, None).content_type.startswith("text/plain")


@pytest.mark.parametrize("token", ["", "verifikasi1", "VERIFIKASI", "ß"])
def test_another_token_is_refused_and_nothing_said_back(token):
    asked = get(mode="subscribe", challenge="1158201444", verify_token=token)
    with pytest.raises(RejectedError) as caught:
        CHATS.parse(asked)
    assert caught.value.status == 403
    assert b"1158201444" not in CHATS.answer(asked, None).body


@pytest.mark.parametrize(
    "query",
    [
        {"mode": "unsubscribe", "challenge": "1"},
        {"challenge": "1"},
        {"mode": "subscribe"},
        {"mode": "subscribe", "challenge": "<b>a b</b>"},
        {"mode": "subscribe", "challenge": "1" * 129},
    ],
)
def test_what_is_no_verification_is_rejected(query):
    with pytest.raises(RejectedError) as caught:
        CHATS.parse(get(verify_token="verifikasi", **query))
    assert caught.value.status == 400


# -- in --------------------------------------------------------------------------------------


def test_a_form_begun_elsewhere_goes_on_here():
    assert heard().address == PHONE


def test_messages_for_another_number_are_passed_over():
    value = {"messages": [MESSAGE], "statuses": [{"id": "1", "status": "read"}]}
    assert CHATS.parse(post(envelope(value, number="1051"))) == ()
    assert len(ANYONES.parse(post(envelope(value, number="1051")))) == 2


def test_one_odd_message_does_not_cost_the_others():
    odd = [None, 7, [], {}, {"id": 7}, MESSAGE | {"from": {"a": 1}}, MESSAGE | {"id": None}]
    (event,) = CHATS.parse(post(envelope({"messages": [*odd, MESSAGE]})))
    assert event.text == "DAFTAR"


def test_a_message_twice_in_one_post_is_the_same_message():
    first, second = CHATS.parse(post(envelope({"messages": [MESSAGE, MESSAGE]})))
    assert first == second


def test_a_text_is_cut_where_it_is_already_too_long_to_be_understood():
    assert TEXT_CHARACTERS_MAX > TEXT_LENGTH_MAX
    for length in (TEXT_CHARACTERS_MAX, TEXT_CHARACTERS_MAX + 1):
        assert heard(text={"body": "é" * length}).text == "é" * TEXT_CHARACTERS_MAX


@pytest.mark.parametrize(
    ("name", "title", "said"),
    [
        ("QR_7", "Daftar", "Daftar"),
        ("btn_status", "Status", "Status"),
        ("callback_data", "Ya", "Ya"),
        ("3204", "Perawat", "Perawat"),  # no number of an option is so long
        ("1", "Ya", "1"),
        ("98", "Lanjut", "98"),
        ("daftar", "Daftar sekarang", "daftar"),
        ("QR_7", "", "QR_7"),
        ("QR_7", " ", "QR_7"),
        ("", "Daftar", "Daftar"),
    ],
)
def test_a_choice_is_what_the_person_saw_unless_its_name_is_ours(name, title, said):
    template = heard(type="button", button={"payload": name, "text": title})
    assert template.text == said
    for kind in ("button_reply", "list_reply"):
        chosen = {"type": kind, kind: {"id": name, "title": title}}
        assert heard(type="interactive", interactive=chosen).text == said


def phones(*numbers):
    return {"type": "contacts", "contacts": [{"phones": [number]} for number in numbers]}


OWN = {"phone": "0812-1111-0001", "wa_id": "6281211110001", "type": "CELL"}


@pytest.mark.parametrize(
    ("part", "contact"),
    [
        (phones(OWN), "+6281211110001"),
        (phones(OWN, OWN), "+6281211110001"),
        (phones({"phone": "0812-1111-0001"}), "0812-1111-0001"),
        (phones(OWN, {"phone": "021 5086 7777"}), "+6281211110001"),  # the other has no WhatsApp
        (phones(OWN, {"wa_id": "6281211110002"}), ""),  # whose?
        (phones({"phone": "1"}, {"phone": "2"}), ""),
        (phones({}), ""),
        ({"type": "contacts", "contacts": {"id": "1"}}, ""),
        ({"type": "contacts"}, ""),
        ({"type": "image", "image": {}, "contacts": [{"phones": [OWN]}]}, ""),
    ],
)
def test_the_one_number_in_a_shared_contact_is_read(part, contact):
    message = heard(**part)
    assert (message.contact, message.text, message.wordless) == (contact, "", True)


def test_an_asked_for_contact_gives_the_number_that_was_hidden():
    shared = {"origin": "contact_request", "phones": [OWN]}
    message = {"from_user_id": "ID.1349", "id": "wamid.1", "type": "contacts"}
    value = {"messages": [message | {"contacts": [shared]}]}
    (event,) = CHATS.parse(post(envelope(value)))
    assert event.address.value == "ID.1349"
    assert event.contact == "+6281211110001"


OLD_ID, NEW_ID = (Address(AddressKind.WHATSAPP, name) for name in ("ID.1349", "ID.9431"))
NEW = Address(AddressKind.PHONE, "+6281211110002")


@pytest.mark.parametrize(
    ("kind", "system", "more", "old", "new"),
    [
        ("user_changed_number", {"wa_id": "6281211110002"}, {}, (PHONE,), NEW),
        ("customer_changed_number", {"new_wa_id": "6281211110002"}, {}, (PHONE,), NEW),
        (
            "user_changed_number",
            {"wa_id": "6281211110002", "user_id": "ID.9431"},
            {"from_user_id": "ID.1349"},
            (PHONE, OLD_ID),
            NEW,
        ),
        (
            "user_changed_user_id",
            {"user_id": "ID.9431"},
            {"from": "", "from_user_id": "ID.1349"},
            (OLD_ID,),
            NEW_ID,
        ),
        ("user_changed_number", {"customer": PHONE.value[1:]}, {"from": ""}, (PHONE,), None),
        ("user_changed_number", {"wa_id": PHONE.value[1:]}, {}, (), PHONE),
        ("user_changed_number", {"wa_id": ["1"], "user_id": "'; --"}, {}, (PHONE,), None),
    ],
)
def test_a_number_that_changed_is_told_and_is_no_message(kind, system, more, old, new):
    moved = Moved(
        channel=Channel.WHATSAPP,
        provider="meta",
        message_id="wamid.1",
        received_at=START,
        old=old,
        new=new,
    )
    assert heard(type="system", system={"body": "x", "type": kind, **system}, **more) == moved


def test_another_word_of_the_system_is_no_move():
    system = {"type": "customer_identity_changed", "wa_id": "6281211110002"}
    message = MESSAGE | {"type": "system", "system": system}
    assert CHATS.parse(post(envelope({"messages": [message]}))) == ()


@pytest.mark.parametrize("part", [{"type": "reaction", "reaction": {"emoji": "\U0001f44d"}}])
def test_a_reaction_says_nothing(part):
    assert CHATS.parse(post(envelope({"messages": [MESSAGE | part]}))) == ()


def test_no_nul_gets_in():
    event = heard(id="wamid\0.1", text={"body": "SITI\0AMINAH"})
    assert event.text == "SITI\ufffdAMINAH"
    assert "\0" not in event.message_id


def test_what_is_said_in_a_group_is_not_said_to_us():
    value = {"messages": [MESSAGE | {"group_id": "G1"}]}
    assert CHATS.parse(post(envelope(value))) == ()


def test_the_sender_is_found_among_several_contacts():
    contacts = [
        {"wa_id": "6281299990000", "user_id": "ID.1"},
        {"wa_id": PHONE.value[1:], "user_id": "ID.2"},
    ]
    message = MESSAGE | {"from_user_id": "ID.2"}
    del message["from"]
    (event,) = CHATS.parse(post(envelope({"contacts": contacts, "messages": [message]})))
    assert event.address == PHONE
    del message["from_user_id"]
    assert CHATS.parse(post(envelope({"contacts": contacts, "messages": [message]}))) == ()


@pytest.mark.parametrize(
    ("pricing", "cost"),
    [
        ({"billable": True, "category": "utility"}, "utility"),
        ({"category": "service"}, "service"),
        ({"billable": False, "category": "service"}, "free"),
        ({"billable": True, "category": "new_one"}, "other"),
        ({"billable": True}, ""),
        ({"category": 7}, ""),
        ("x", ""),
    ],
)
def test_a_receipt_says_what_the_message_cost(pricing, cost):
    status = {"id": "wamid.1", "status": "delivered", "pricing": pricing}
    (receipt,) = CHATS.parse(post(envelope({"statuses": [status]})))
    assert receipt.cost == cost


def test_a_wish_about_marketing_is_no_wish_about_the_rest():
    wishes = [{"wa_id": PHONE.value[1:], "value": said} for said in ("stop", "resume", "what")]
    events = CHATS.parse(post(envelope({"user_preferences": [*wishes, {"value": "stop"}]})))
    back = OptOut(address=PHONE, out=False, marketing=True)
    assert events == (OptOut(address=PHONE, marketing=True), back)


def test_receipts_and_sending_name_a_message_alike():
    name = "wamid." + "A" * 400
    status = {"id": name, "status": "delivered"}
    (receipt,) = CHATS.parse(post(envelope({"statuses": [status]})))
    sent = WHATSAPP.read_response(200, json.dumps({"messages": [{"id": name}]}).encode())
    assert isinstance(receipt, Receipt)
    assert sent == Sent(receipt.provider_id)
    assert len(receipt.provider_id) <= 128


@pytest.mark.parametrize("code", [CODE_MAX, -1, True, "131050", 1.5, None, 10**30, [131050]])
def test_what_is_no_code_is_no_reason(code):
    status = {"id": "1", "status": "failed", "recipient_id": "6281211110001"}
    body = envelope({"statuses": [status | {"errors": [{"code": code}]}]})
    (receipt,) = CHATS.parse(post(body))
    assert receipt.reason == ""


NAMES = [
    *("entry", "changes", "value", "messages", "statuses", "contacts", "metadata", "errors"),
    *("user_preferences", "id", "from", "type", "text", "body", "interactive", "button", "code"),
    *("image", "status", "wa_id", "user_id", "from_user_id", "group_id", "recipient_id"),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["text", "image", "failed", "read", "stop", "6281211110001", "ID.1", "\0"]),
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner),
    max_leaves=30,
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(st.dictionaries(st.sampled_from(NAMES), JSON), max_size=3)
        for name in ("messages", "statuses", "contacts", "user_preferences")
    },
)


@settings(deadline=None)
@given(root=JSON, value=PARTS)
def test_any_json_gives_events_or_a_rejection(root, value):
    for body in (root, envelope(value), {"entry": [{"changes": root}]}):
        raw = json.dumps(body).encode("utf-8", "replace")
        events = events_in(raw)
        assert all(isinstance(event, Inbound | Receipt | OptOut) for event in events)
        assert "\0" not in "".join(event.text for event in events if isinstance(event, Inbound))


@pytest.mark.parametrize(
    "raw",
    [
        b"NaN",
        b'{"entry":NaN}',
        b'{"entry":1e999}',
        b'{"entry":"\\ud800"}',
        b'{"entry":[' * 50_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"entry":"\xff"}',
        b"\xef\xbb\xbf{}x",
        b"",
        b"null",
        b'"entry"',
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_what_is_no_json_object_is_rejected(raw):
    with pytest.raises(RejectedError) as caught:
        CHATS.parse(post(raw))
    assert caught.value.status == 400
