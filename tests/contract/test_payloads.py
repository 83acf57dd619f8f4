"""Whole requests as providers make them, and what is read from each.

A case of ours is `tests/fixtures/<channel>/<provider>/<case>.http`, a request as it stands on the
wire, and beside it `<case>.json`, what it says. `SATUPINTU_GOLDEN=write` writes the second from
what the code does now: read the difference before you commit it.

Other people's recordings are not ours to pass on. `SATUPINTU_FIXTURES` names a folder of them.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import msgspec
import pytest

from channels.contract import Refusal, Refused, RejectedError, Request, Sent
from core.events import HangUp, OptOut, Receipt, ReceiptStatus
from core.messages import Channel, Inbound
from tests.contract.channels import CARRIERS, FORM, NOW, REPORTS, WIRES

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(FIXTURES.glob("*/*/*.http"))
CASES_MIN = 4  # of each wire
WRITE = os.environ.get("SATUPINTU_GOLDEN") == "write"
THEIRS = os.environ.get("SATUPINTU_FIXTURES")

OPEN = {path: wire.open for wire in (*WIRES, *REPORTS) for path in wire.open.paths}


def read_request(file):
    """Read a request line, headers, an empty line and a body; the last newline is the file's."""
    head, _, body = file.read_bytes().partition(b"\n\n")
    first, *lines = head.decode("ascii").splitlines()
    method, target = first.split(" ")
    path, _, query = target.partition("?")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Request(
        method=method,
        path=path,
        query=query,
        headers=headers,
        body=body.removesuffix(b"\n"),
        received_at=NOW,
    )


def read_events(request):
    """Return what the request says, as JSON shows it; what is empty or false is left out."""
    try:
        events = OPEN[request.path].parse(request)
    except RejectedError as error:
        return {"rejected": error.status, "reason": error.reason}
    shown = [{"is": type(event).__name__} | filled(event) for event in events]
    bare = OPEN[request.path].answer(request, None)
    body = "" if bare.content_type.startswith("text/html") else bare.body.decode()  # a page
    return {"events": shown, "acknowledged": f"{bare.status} {body}".strip()}


SAME_FOR_ALL = {"received_at", "aligned"}  # only a letter's envelope may disagree with it


def filled(event):
    fields = msgspec.json.decode(msgspec.json.encode(event)).items()
    return {name: value for name, value in fields if value and name not in SAME_FOR_ALL}


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(FIXTURES)))
def test_a_payload_says_what_it_said(case):
    golden = case.with_suffix(".json")
    said = read_events(read_request(case))
    if WRITE:
        golden.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert said == json.loads(golden.read_text("utf-8"))


@pytest.mark.parametrize("wire", [*WIRES, *REPORTS], ids=lambda wire: wire.name)
def test_every_wire_has_payloads(wire):
    assert len([case for case in CASES if case.is_relative_to(FIXTURES / wire.name)]) >= CASES_MIN


def test_every_result_has_its_payload():
    results = FIXTURES.glob("*/*/*.json")
    assert not [file.name for file in results if not file.with_suffix(".http").exists()]


# -- recordings of others --------------------------------------------------------------------


@dataclass(frozen=True)
class Recording:
    """One file of somebody else's."""

    name: str
    content: object


def recordings(folder, pattern):
    """Return the files; none when no folder is named. A named folder must have some."""
    if THEIRS is None:
        return []
    files = sorted((Path(THEIRS) / folder).glob(pattern))
    assert files, f"no {folder}/{pattern} in the folder that SATUPINTU_FIXTURES names"
    return [Recording(file.name, json.loads(file.read_text("utf-8"))) for file in files]


def posted(path, fields):
    body = urlencode(fields).encode()
    request = Request(method="POST", path=path, headers=FORM, body=body, received_at=NOW)
    return OPEN[path].parse(request)


def test_recorded_ends_of_ussd_sessions_are_read():
    for recording in recordings("africastalking_ussd", "*events*.json"):
        for fields in recording.content:
            (event,) = posted("/ussd/africastalking/events", fields)
            assert isinstance(event, HangUp)
            assert event.address.value == fields["phoneNumber"]
            assert event.completed is (fields["status"] == "Success")
            assert "KEY BAR KEY" not in str(msgspec.to_builtins(event))


def test_recorded_texts_are_read():
    for recording in recordings("africastalking_sms", "*dataset*.json"):
        for fields in recording.content["incoming_message"]:
            (event,) = posted("/sms/africastalking", fields)
            assert isinstance(event, Inbound)
            assert event.channel is Channel.SMS
            assert event.message_id == fields["id"]
            assert event.address.value == fields["from"]
            assert event.text == fields["text"]
            assert event.thread == {"to": fields["to"]}


def test_recorded_receipts_are_read():
    for recording in recordings("africastalking_sms", "*dataset*.json"):
        for fields in recording.content["delivery_report"]:
            events = posted("/sms/africastalking/receipts", fields)
            failed = Receipt(
                provider="africastalking",
                provider_id=fields["id"],
                status=ReceiptStatus.FAILED,
                channel=Channel.SMS,
            )
            assert events == ((failed,) if "status" in fields else ())


def test_recorded_opt_outs_are_read():
    for recording in recordings("africastalking_sms", "*dataset*.json"):
        for fields in recording.content["bulk_opt_out"]:
            (event,) = posted("/sms/africastalking/optouts", fields)
            assert isinstance(event, OptOut)
            assert event.address.value == fields["phoneNumber"]
            assert event.out


def test_recorded_answers_to_sending_are_read():
    (carrier,) = [row.carrier for row in CARRIERS if row.name == "sms/africastalking"]
    refusals = {
        "recorded_send_response_invalid-key.json": Refused("http_401", Refusal.OUR_ACCOUNT),
        "recorded_send_response_invalid-sender-id.json": Refused(
            "InvalidSenderId", Refusal.OTHER_PROVIDER
        ),
    }
    for recording in recordings("africastalking_sms", "recorded_send_response_*.json"):
        answer = recording.content
        verdict = carrier.read_response(answer["statusCode"], answer["data"].encode())
        if recording.name in refusals:
            assert verdict == refusals[recording.name]
        else:
            assert isinstance(verdict, Sent)
            assert verdict.provider_id in answer["data"]
