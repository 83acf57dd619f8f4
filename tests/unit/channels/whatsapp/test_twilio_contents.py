"""Twilio's contents: buttons and lists, whose words are variables, where we have made them."""

import json
import re

import pytest

from channels.contract import Request
from channels.whatsapp.taps import Control, Row, Tap
from channels.whatsapp.twilio import TwilioWhatsappAdapter, TwilioWhatsappCarrier
from channels.whatsapp.twilio_contents import CONTENTS, content_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.ticket import Ticket
from tests.contract.channels import ACCOUNT
from tests.docs.pages import ROOT
from tests.scripts import PHONE, START, WORDING

SIDS = {name: f"HX{n:032x}" for n, name in enumerate(CONTENTS)}
EXAMPLES = [
    json.loads(block)
    for block in re.findall(
        r"```json\n(.*?)```", (ROOT / "docs/channels/whatsapp.md").read_text(), re.DOTALL
    )
    if "friendly_name" in block
]
BUTTONS = Tap(Control.BUTTONS, "Benar?", (Row("1", "Ya"), Row("2", "Ubah")))
LIST = Tap(
    Control.LIST,
    "Tanggal?",
    (Row("1", "Sel 21 Sep 2021", "Selasa"), Row("2", "Rab 22 Sep 2021")),
    "Pilih",
)
EVERY = {"To", "From", "StatusCallback"}
AGREE = Reply((Prompt("ask_consent", choices=("agree", "disagree")),), "id")


def fields(reply, contents=SIDS, address=PHONE, **more):
    carrier = TwilioWhatsappCarrier(ACCOUNT, "+6281110500567", WORDING, contents)
    outgoing = {"key": "k", "channel": Channel.WHATSAPP, "address": address, **more}
    form = carrier.compose(Outgoing(reply=reply, created_at=START, **outgoing)).form
    return {name: value for name, value in form.items() if name not in EVERY}


@pytest.mark.parametrize("tap", [BUTTONS, LIST], ids=["buttons2", "list2"])
def test_the_contents_of_the_page_take_these_variables(tap):
    name = f"{'buttons' if tap.control is Control.BUTTONS else 'list'}{len(tap.rows)}"
    (example,) = [one for one in EXAMPLES if one["friendly_name"] == name]
    sent = content_of(tap, SIDS)
    assert sent["ContentSid"] == SIDS[name]
    assert json.loads(sent["ContentVariables"]) == example["variables"]
    (shown,) = example["types"].values()
    words = json.loads(
        re.sub(r"\{\{(\d+)\}\}", lambda place: example["variables"][place[1]], json.dumps(shown))
    )
    rows = words.get("actions") or words["items"]
    assert words["body"] == tap.body
    assert words.get("button", "") == tap.choose
    assert [(row["id"], row.get("title") or row["item"]) for row in rows] == [
        (row.id, row.title) for row in tap.rows
    ]


def test_no_variable_is_empty_and_none_has_a_straight_apostrophe():
    rows = (Row("1", "NUR'AINI"), Row("2", "Ya"))
    for tap in (LIST._replace(rows=rows, body="Ma'ruf?"), BUTTONS._replace(rows=rows)):
        variables = json.loads(content_of(tap, SIDS)["ContentVariables"])
        assert all(variables.values())
        assert "NUR\u2019AINI" in variables.values()
        assert "'" not in "".join(variables.values())


def test_a_reply_is_sent_by_content_where_there_is_one_for_so_many_options():
    assert fields(AGREE)["ContentSid"] == SIDS["buttons2"]
    assert "Body" not in fields(AGREE)
    for contents in ({}, {"buttons3": SIDS["buttons3"]}):
        assert fields(AGREE, contents) == {"Body": WORDING.text(AGREE, "long")}


def test_what_twilio_cannot_ask_for_is_said_in_words_or_as_a_list():
    hidden = Address(AddressKind.WHATSAPP, "ID.1349")
    asked = Reply((Prompt("ask_phone"),), "id")
    assert fields(asked, address=hidden) == {"Body": WORDING.text(asked, "long")}
    places = tuple(f"text:Puskesmas {n}" for n in range(4))
    assert (
        fields(Reply((Prompt("ask_facility", {}, places),), "id"))["ContentSid"] == (SIDS["list4"])
    )


def test_a_ticket_stays_a_picture():
    ticket = Ticket(
        number="7K3M-9QXC",
        code="X",
        kind="booked",
        facility_name="RSUD",
        facility_address="Jl. 1",
        start=START,
    )
    assert set(fields(AGREE, ticket=ticket)) == {"Body", "MediaUrl"}


def test_with_contents_no_answer_is_in_band():
    request = Request(method="POST", path="/whatsapp/twilio", body=b"", received_at=START)
    plain, rich = (TwilioWhatsappAdapter(WORDING, "", None, one) for one in ({}, SIDS))
    assert (plain.in_band, rich.in_band) == (True, False)
    assert b"<Message>" in plain.answer(request, AGREE).body
    assert rich.answer(request, AGREE) == rich.answer(request, None) == plain.answer(request, None)
