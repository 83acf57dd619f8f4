"""A recording becomes the text of a test, and nothing in it becomes code."""

import ast
from datetime import UTC, datetime

import msgspec
import pytest

from gateway.simulator.export import ACTIONS_MAX, TEXT_CHARACTERS_MAX, Recording, as_test

AT = datetime(2021, 1, 20, 9, 0, tzinfo=UTC)


def recording(*actions, name=""):
    return msgspec.convert({"steps": list(actions), "name": name}, Recording)


def lines(*actions):
    return as_test(recording(*actions), AT).splitlines()[5:-1]


def test_each_action_is_a_line():
    assert lines(
        {"path": "/sms/twilio", "body": "Body=DAFTAR", "door": "sms", "at": 1.5},
        {"path": "/whatsapp/meta", "body": "{}", "type": "application/json", "fault": "twice"},
        {"path": "clock", "body": '{"ahead_seconds":60}'},
        {"path": "faults", "body": '{"kind":"kill"}'},
        {"path": "smtp", "body": "From: a@b.example\r\n\r\n"},
        {"path": "/daftar", "body": "turn=a&csrf=b&nik=3204+1157"},
        {"path": "people", "body": "{}"},
    ) == [
        "    run.post('/sms/twilio', 'Body=DAFTAR')",
        "    run.post('/whatsapp/meta', '{}', type='application/json', fault='twice')",
        "    run.clock('{\"ahead_seconds\":60}')",
        '    run.fault(\'{"kind":"kill"}\')',
        r"    run.mail('From: a@b.example\r\n\r\n')",
        "    run.web('/daftar', {'nik': '3204 1157'})",
        "    run.person('{}')",
    ]


def test_it_begins_when_the_recording_did():
    assert "    run = recorded('2021-01-20T09:00:00+00:00')" in as_test(recording(), AT)


def test_what_was_said_is_expected():
    action = {"path": "/sms/twilio", "phone": "+62811", "prompts": ["menu"]}
    assert lines(action)[1:] == ["    assert run.prompts('+62811') == ['menu']"]


def test_numbers_and_codes_are_looked_up_anew():
    asked = {"path": "/p", "body": "STATUS K7Q4-92MX", "phone": "+1", "prompts": ["ask_code"]}
    told = {"path": "/p", "body": "1*123456", "phone": "+1", "prompts": ["status_one"]}
    later = {"path": "/p", "body": "1*123456*2*654321"}
    assert [line for line in lines(asked, told, later) if "post" in line] == [
        "    run.post('/p', 'STATUS {number}')",
        "    run.post('/p', '1*{code}')",
        "    run.post('/p', '1*{code}*2*654321')",
    ]


@pytest.mark.parametrize("evil", ["'); import os; ('", '"""', "\\", "\n    raise", "{__import__}"])
def test_nothing_recorded_is_more_than_a_literal(evil):
    every = {"body": evil, "type": evil, "phone": evil, "fault": evil, "prompts": [evil]}
    paths = (evil, f"/daftar{evil}", "smtp", "clock", "faults", "people")
    actions = [{**every, "path": path} for path in paths]
    [_, function] = ast.parse(as_test(recording(*actions, name=evil), AT)).body
    assert isinstance(function, ast.FunctionDef)
    assert all(isinstance(one, ast.Assign | ast.Expr | ast.Assert) for one in function.body)
    assert len(function.body) == 2 * len(actions) + 2
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    assert names <= {"run", "recorded"}


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Siti drops out", "test_siti_drops_out"),
        ("", "test_what_was_recorded"),
        ("../..", "test_what_was_recorded"),
        ("a" * 100, f"test_{'a' * 60}"),
    ],
)
def test_its_name_is_that_of_a_test(name, called):
    assert f"def {called}(recorded):" in as_test(recording(name=name), AT)


def test_its_length_is_bounded():
    action = {"path": "clock"}
    assert len(recording(*[action] * ACTIONS_MAX).steps) == ACTIONS_MAX
    with pytest.raises(msgspec.ValidationError):
        recording(*[action] * (ACTIONS_MAX + 1))
    recording({"path": "smtp", "body": "x" * TEXT_CHARACTERS_MAX})
    with pytest.raises(msgspec.ValidationError):
        recording({"path": "smtp", "body": "x" * (TEXT_CHARACTERS_MAX + 1)})
