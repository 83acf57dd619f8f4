"""A recording becomes the text of a test, and nothing in it becomes code."""

import ast
from datetime import UTC, datetime

import msgspec
import pytest

from gateway.simulator.export import STEPS_MAX, TEXT_CHARACTERS_MAX, Recording, as_test

AT = datetime(2021, 1, 20, 9, 0, tzinfo=UTC)


def recording(*steps, name=""):
    given = {"steps": list(steps), "began_at": AT.isoformat(), "name": name}
    return msgspec.json.decode(msgspec.json.encode(given), type=Recording)


def lines(*steps):
    return as_test(recording(*steps)).splitlines()[5:-1]


def test_each_step_is_a_line():
    assert lines(
        {"do": "post", "path": "/sms/twilio", "body": "Body=DAFTAR"},
        {"do": "post", "path": "/whatsapp/meta", "body": "{}", "type": "application/json"},
        {"do": "clock", "ahead_seconds": 60},
        {"do": "fault", "kind": "kill"},
        {"do": "mail", "raw": "From: a@b.example\r\n\r\n"},
        {"do": "web", "fields": {"answer": "1"}},
        {"do": "person", "nik": "1", "name": "SITI", "profession": "perawat"},
    ) == [
        "    run.post('/sms/twilio', 'Body=DAFTAR')",
        "    run.post('/whatsapp/meta', '{}', type='application/json')",
        "    run.clock(60)",
        "    run.fault('kill', 10)",
        r"    run.mail('From: a@b.example\r\n\r\n')",
        "    run.web('/daftar', {'answer': '1'})",
        "    run.person('1', 'SITI', 'perawat')",
    ]


def test_what_was_said_is_expected():
    step = {
        "do": "post",
        "path": "/sms/twilio",
        "body": "",
        "phone": "+62811",
        "prompts": ["menu"],
    }
    assert lines(step)[1:] == ["    assert run.prompts('+62811') == ['menu']"]


def test_numbers_and_codes_are_looked_up_anew():
    asked = {"do": "post", "path": "/p", "body": "STATUS K7Q4-92MX", "prompts": ["ask_code"]}
    told = {"do": "post", "path": "/p", "body": "1*123456"}
    later = {"do": "post", "path": "/p", "body": "1*123456*2*654321"}
    assert lines(asked, told, later) == [
        "    run.post('/p', 'STATUS {number}')",
        "    run.post('/p', '1*{code}')",
        "    run.post('/p', '1*{code}*2*654321')",
    ]


@pytest.mark.parametrize("evil", ["'); import os; ('", '"""', "\\", "\n    raise", "{__import__}"])
def test_nothing_recorded_is_more_than_a_literal(evil):
    steps = [
        {"do": "post", "path": evil, "body": evil, "type": evil, "phone": evil, "prompts": [evil]},
        {"do": "mail", "raw": evil},
        {"do": "web", "path": evil, "fields": {evil: evil}},
        {"do": "fault", "kind": evil},
        {"do": "person", "nik": evil, "name": evil, "profession": evil},
    ]
    [_, function] = ast.parse(as_test(recording(*steps, name=evil))).body
    assert isinstance(function, ast.FunctionDef)
    assert all(isinstance(one, ast.Assign | ast.Expr | ast.Assert) for one in function.body)
    assert len(function.body) == len(steps) + 3
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
    assert f"def {called}(recorded):" in as_test(recording(name=name))


def test_its_length_is_bounded():
    step = {"do": "clock", "ahead_seconds": 1}
    assert len(recording(*[step] * STEPS_MAX).steps) == STEPS_MAX
    with pytest.raises(msgspec.ValidationError):
        recording(*[step] * (STEPS_MAX + 1))
    recording({"do": "mail", "raw": "x" * TEXT_CHARACTERS_MAX})
    with pytest.raises(msgspec.ValidationError):
        recording({"do": "mail", "raw": "x" * (TEXT_CHARACTERS_MAX + 1)})
