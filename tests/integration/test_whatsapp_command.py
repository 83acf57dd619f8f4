"""What is filed with WhatsApp is printed, and what was published is offered and understood."""

import json
import shutil
import sys

import msgspec
import pytest

from channels.contract import Request
from channels.whatsapp.flow_json import make_flow
from core.messages import Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.wording.templates import Templates
from gateway.commands import cli
from gateway.settings.settings import Settings, given_names
from gateway.wiring.providers import make_carriers, make_channels
from tests.contract.channels import envelope
from tests.scripts import CAMPAIGN, NAME, NIK, PHONE, ROOT, START, WORDING

ACCOUNT = {"meta_access_token": "t", "meta_phone_number_id": "1050"}
CONSENT = Prompt("ask_consent", choices=("agree", "disagree"))


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(ROOT / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["satupintu", "whatsapp", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return call


def test_templates_are_printed_to_read(run):
    status, told, _ = run("templates")
    assert status == 0
    for one in Templates(CAMPAIGN, WORDING).filed():
        assert f"{one.name} · {one.code} · utility\n" in told
        assert all(f"{{{{{n}}}}} {value}\n" in told for n, value in enumerate(one.examples, 1))


def test_templates_are_printed_as_the_api_takes_them(run):
    status, told, _ = run("templates", "--json")
    lines = [json.loads(line) for line in told.splitlines()]
    filed = Templates(CAMPAIGN, WORDING).filed()
    assert (status, len(lines)) == (0, len(filed))
    for line, one in zip(lines, filed, strict=True):
        assert (line["name"], line["language"], line["category"]) == one[1:4]
        [body] = line["components"]
        assert (body["type"], body["text"]) == ("BODY", one.text)
        assert body.get("example", {"body_text": [[]]}) == {"body_text": [list(one.examples)]}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_flow_is_printed(run, language):
    status, told, _ = run("flow", "--language", language)
    assert (status, json.loads(told)) == (0, make_flow(CAMPAIGN, WORDING, language))


def test_a_language_that_we_do_not_speak_is_a_fault(run):
    status, _, told = run("flow", "--language", "xx")
    assert status == 2
    assert "one of id, en" in told


@pytest.mark.parametrize(
    ("text", "flows"),
    [("id=1234, en=5678,", {"id": "1234", "en": "5678"}), (f"id={'9' * 32}", {"id": "9" * 32})],
)
def test_flows_are_set_by_language(text, flows):
    assert Settings(meta_flow_id=text).meta_flow_id == flows


@pytest.mark.parametrize("text", ["1234", "id=", "id=x", "I D=1", f"id={'9' * 33}", "id=1/2"])
def test_a_flow_without_its_language_or_number_is_a_fault(text):
    with pytest.raises(ValueError, match="should be language=number"):
        Settings(meta_flow_id=text)


def test_a_form_that_was_offered_is_known_when_it_comes_back(tmp_path):
    settings = Settings(meta_flow_id="id=1234", data_dir=tmp_path, wires="meta", **ACCOUNT)
    [(_, carrier)] = make_carriers(settings, WORDING)
    [chats] = make_channels(settings, WORDING, CAMPAIGN)
    message = Outgoing(
        key="k",
        channel=Channel.WHATSAPP,
        address=PHONE,
        reply=Reply((CONSENT,), "id"),
        created_at=START,
    )
    offered = carrier.compose(message).json["interactive"]["action"]["parameters"]
    answers = {"nik": NIK, "full_name": NAME, "profession": "perawat", "consent": True}
    response = json.dumps({**answers, "flow_token": offered["flow_token"]})
    filled = {"type": "nfm_reply", "nfm_reply": {"response_json": response}}
    said = {"from": PHONE.value[1:], "id": "wamid.1", "type": "interactive", "interactive": filled}
    body = msgspec.json.encode(envelope({"messages": [said]}))
    posted = Request(method="POST", path="/whatsapp/meta", body=body, received_at=START)
    [event] = chats.parse(posted)
    assert (event.form != "", event.answers["nik"]) == (True, NIK)
