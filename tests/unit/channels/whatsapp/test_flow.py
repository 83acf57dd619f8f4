"""Our form as a Flow: published as pywa builds one, offered, and read from its answer."""

import json
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pywa.types import FlowButton
from pywa.types import flows as theirs

from channels.contract import Request
from channels.whatsapp.flow import (
    ANSWER_CHARACTERS_MAX,
    BODY_CHARACTERS_MAX,
    FIELDS,
    RESPONSE_CHARACTERS_MAX,
    SCREEN,
    Flows,
    read_filled,
)
from channels.whatsapp.flow_json import NAME_CHARACTERS_MAX, VERSION, make_flow
from channels.whatsapp.flow_token import (
    FORM_SECONDS,
    ID_BYTES,
    TOKEN_CHARACTERS,
    make_token,
    read_token,
)
from channels.whatsapp.meta import MetaAdapter, MetaCarrier
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from tests.contract.channels import envelope
from tests.scripts import CAMPAIGN, NAME, NIK, PHONE, START, WORDING

SECRET = b"s" * 32
OTHER = Address(AddressKind.PHONE, "+6281211110002")
HIDDEN = Address(AddressKind.WHATSAPP, "ID.13491208655302741918")
TOKEN = make_token(SECRET, PHONE, "k", START)
FLOWS = Flows({"id": "1234"}, SECRET)
META = MetaCarrier("rahasia", "1050", "https://graph.example", WORDING, FLOWS)
CONSENT = Prompt("ask_consent", choices=("agree", "disagree"))
FILLED = {"nik": NIK, "full_name": NAME, "profession": "perawat", "consent": True}


def read(token, *, address=PHONE, at=START, secret=SECRET):
    return read_token(token, secret=secret, address=address, at=at)


def test_a_token_is_good_for_its_own_address_until_it_expires():
    assert len(TOKEN) == TOKEN_CHARACTERS
    assert len(read(TOKEN)) == 2 * ID_BYTES
    assert read(TOKEN, at=START + timedelta(seconds=FORM_SECONDS - 1))
    assert not read(TOKEN, at=START + timedelta(seconds=FORM_SECONDS))
    assert not read(TOKEN, address=OTHER)
    assert not read(TOKEN, secret=b"t" * 32)
    assert not read_token(make_token(b"", PHONE, "k", START), secret=b"", address=PHONE, at=START)


def test_the_same_message_has_the_same_token_and_another_message_another_form():
    assert make_token(SECRET, PHONE, "k", START) == TOKEN
    assert read(make_token(SECRET, PHONE, "l", START)) != read(TOKEN)


@pytest.mark.parametrize("place", range(TOKEN_CHARACTERS))
def test_a_changed_token_is_none(place):
    changed = "0" if TOKEN[place] != "0" else "1"
    assert not read(TOKEN[:place] + changed + TOKEN[place + 1 :])
    assert not read(TOKEN[:place] + "é" + TOKEN[place + 1 :])


@given(st.text(max_size=TOKEN_CHARACTERS + 1))
def test_any_text_may_come_as_a_token(text):
    assert read(text) == ""


# -- The Flow that is published ------------------------------------------------------------------


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_flow_is_the_one_that_pywa_builds(language):
    phrases = WORDING.phrases(language, "long")
    asked = WORDING.text(Reply((Prompt("ask_consent"),), language), "long")
    choices = [
        theirs.DataSource(id=one.code, title=phrases[f"profession:{one.code}"])
        for one in CAMPAIGN.professions
    ]
    name = phrases["step_full_name"].capitalize()
    fields = [
        theirs.TextBody(text=asked),
        nik := theirs.TextInput(
            name="nik",
            label=phrases["flow_nik"],
            input_type=theirs.InputType.TEXT,
            required=True,
            min_chars=16,
            max_chars=24,
        ),
        full_name := theirs.TextInput(
            name="full_name",
            label=name,
            input_type=theirs.InputType.TEXT,
            required=True,
            max_chars=NAME_CHARACTERS_MAX,
        ),
        profession := theirs.Dropdown(
            name="profession",
            label=phrases["step_profession"].capitalize(),
            data_source=choices,
            required=True,
        ),
        consent := theirs.OptIn(name="consent", label=phrases["agree"], required=True),
    ]
    named = {one.name: one.ref for one in (consent, nik, full_name, profession)}
    footer = theirs.Footer(
        label=phrases["menu_register"], on_click_action=theirs.CompleteAction(payload=named)
    )
    screen = theirs.Screen(
        id=SCREEN,
        title=phrases["flow_title"],
        terminal=True,
        success=True,
        layout=theirs.Layout(children=[*fields, footer]),
    )
    built = theirs.FlowJSON(version=VERSION, screens=[screen])
    assert json.loads(built.to_json()) == make_flow(CAMPAIGN, WORDING, language)


@pytest.mark.parametrize("language", ["id", "en", "jv"])
def test_every_label_of_the_flow_fits(language):
    spoken = language if language in WORDING.languages else "id"
    [screen] = make_flow(CAMPAIGN, WORDING, spoken)["screens"]
    parts = {one.get("name", one["type"]): one for one in screen["layout"]["children"]}
    assert len(screen["title"]) <= 30
    assert len(parts["TextBody"]["text"]) <= 4_096
    assert all(0 < len(parts[name]["label"]) <= 20 for name in ("nik", "full_name", "profession"))
    assert all(len(one["title"]) <= 30 for one in parts["profession"]["data-source"])
    assert len(parts["consent"]["label"]) <= 30
    assert len(parts["Footer"]["label"]) <= 35
    phrases = WORDING.phrases(spoken, "long")
    assert len(phrases["flow_cta"]) <= 20
    assert phrases["flow_cta"].isascii()


# -- Offered in a chat ---------------------------------------------------------------------------


def outgoing(*prompts, language="id", address=PHONE):
    return Outgoing(
        key="k",
        channel=Channel.WHATSAPP,
        address=address,
        reply=Reply(prompts, language),
        created_at=START,
    )


def test_the_form_is_offered_with_what_can_be_typed_instead():
    sent = META.compose(outgoing(CONSENT)).json
    flow = sent["interactive"]
    long = WORDING.text(Reply((CONSENT,), "id"), "long")
    assert flow["body"]["text"].startswith(long)
    assert "1. " in flow["body"]["text"]
    button = FlowButton(
        title=WORDING.phrases("id", "long")["flow_cta"],
        flow_id="1234",
        flow_token=TOKEN,
        flow_message_version="3",
        flow_action_type="navigate",
        flow_action_screen=SCREEN,
        mode="published",
    )
    assert (sent["type"], flow["type"], flow["action"]) == (
        "interactive",
        "flow",
        button.to_dict(),
    )


@pytest.mark.parametrize(
    "message",
    [
        outgoing(CONSENT, language="en"),  # no Flow in it
        outgoing(CONSENT.in_words()),  # asks for no form
        outgoing(Prompt("says", {"words": "a"}), *[CONSENT] * 30),  # too long
    ],
)
def test_where_there_is_no_flow_the_question_is_asked(message):
    sent = META.compose(message).json
    assert sent.get("interactive", {}).get("type") != "flow"


def test_without_an_id_there_is_no_flow():
    plain = MetaCarrier("rahasia", "1050", "https://graph.example", WORDING)
    assert plain.compose(outgoing(CONSENT)).json["interactive"]["type"] == "button"
    assert "s" * 32 not in repr(FLOWS)


def test_the_body_is_within_its_bound():
    said = WORDING.text(Reply((CONSENT,), "id"), "long")
    hint = len(FLOWS.offer(outgoing(CONSENT), said, WORDING)["body"]["text"]) - len(said)
    longest = "a" * (BODY_CHARACTERS_MAX - hint)
    assert FLOWS.offer(outgoing(CONSENT), longest, WORDING) is not None
    assert FLOWS.offer(outgoing(CONSENT), longest + "a", WORDING) is None


# -- Read ----------------------------------------------------------------------------------------


def hear(response):
    reply = {"name": "flow", "body": "Sent", "response_json": response}
    interactive = {"type": "nfm_reply", "nfm_reply": reply}
    message = {"from": PHONE.value[1:], "id": "wamid.1", "type": "interactive"}
    body = msgspec.json.encode(envelope({"messages": [{**message, "interactive": interactive}]}))
    posted = Request(method="POST", path="/whatsapp/meta", body=body, received_at=START)
    [event] = MetaAdapter(None, None, None, secret=SECRET).parse(posted)
    return event


def test_a_filled_form_is_answers_of_the_person_that_it_was_given_to():
    event = hear(json.dumps({**FILLED, "flow_token": TOKEN}))
    assert event.answers == {**FILLED, "consent": "agree"}
    assert len(event.form) == 2 * ID_BYTES
    assert (event.wordless, event.confirms, event.text) == (False, False, "")


@pytest.mark.parametrize("token", [make_token(SECRET, OTHER, "k", START), "x", None, 7, ""])
def test_with_anothers_token_the_answers_are_kept_and_the_form_is_not(token):
    event = hear(json.dumps({**FILLED, "flow_token": token}))
    assert (event.answers["nik"], event.form) == (NIK, "")


@pytest.mark.parametrize(
    "response",
    ["", "[", "[]", "null", "7", "{}", '{"flow_token":"x"}', "[" * 2_000, '{"odd":1}', "\0"],
)
def test_what_is_no_form_of_ours_is_only_wordless(response):
    event = hear(response)
    assert (event.answers, event.form, event.wordless) == ({}, "", True)


def read_back(**answers):
    given, _ = read_filled(json.dumps(answers), secret=SECRET, address=PHONE, at=START)
    return given


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (True, "agree"),
        ("true", "agree"),
        (False, None),
        (int(NIK), NIK),
        (1.5, None),
        (["x"], None),
        ("a\0b", "a\ufffdb"),
        ("a" * (ANSWER_CHARACTERS_MAX + 1), "a" * ANSWER_CHARACTERS_MAX),
    ],
)
def test_an_answer_is_text_within_bounds(said, heard):
    assert read_back(full_name=said).get("full_name") == heard


def test_a_response_is_read_within_its_bound():
    room = RESPONSE_CHARACTERS_MAX - len(json.dumps({"nik": "1", "odd": ""}))
    assert read_back(nik="1", odd="a" * room) == {"nik": "1"}
    assert read_back(nik="1", odd="a" * (room + 1)) == {}


@given(st.recursive(st.none() | st.booleans() | st.text() | st.integers(), st.lists))
def test_any_json_may_come(value):
    for root in (value, dict.fromkeys((*FIELDS, "flow_token"), value)):
        answers, form = read_filled(
            msgspec.json.encode(root).decode(), secret=SECRET, address=HIDDEN, at=START
        )
        assert set(answers) <= set(FIELDS)
        assert form == ""
