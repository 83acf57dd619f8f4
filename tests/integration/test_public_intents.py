"""The app registers somebody by the public API, and reads what came of it."""

import asyncio
from datetime import datetime, timedelta

import pytest

from channels.web.api import (
    BODY_BYTES_MAX,
    FIELD_CHARACTERS_MAX,
    KEY_CHARACTERS_MAX,
    KEY_CHARACTERS_MIN,
)
from core.handovers.rules import CODES_PER_BROWSER_MAX
from core.messages import Address, AddressKind
from core.registration.intent import OutcomeKind
from gateway.http.public.openapi import public_paths
from tests.fixtures.people import nik
from tests.fixtures.public_api import BODY, KEY, PATH, App, key, without
from tests.scripts import NAME, NIK

PROBLEM = "application/problem+json"


@pytest.fixture
async def app():
    made = App()
    yield made
    await made.client.aclose()


def faults(answer):
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    return {one["field"]: one for one in answer.json()["fields"]}


async def test_a_registration_is_created_and_read_back_by_its_token(app):
    created = await app.post()
    assert created.status_code == 201
    assert created.headers["cache-control"] == "no-store"
    told = created.json()
    assert (told["outcome"], told["status"], told["standing"]) == (
        "received",
        "received",
        "claimed",
    )
    assert told["number"]
    assert (await app.get(told["token"])).json() == told
    [record] = app.stores.rows("records")
    assert NIK in record
    assert NAME in record


async def test_the_same_request_again_has_the_same_answer_and_registers_once(app):
    first, again = await app.post(), await app.post()
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert len(app.stores.rows("intents")) == 1


async def test_the_same_request_at_once_registers_once(app):
    answers = await asyncio.gather(*(app.post() for _ in range(8)))
    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert len(app.stores.rows("intents")) == 1


async def test_consent_is_kept_with_the_words_that_ask_for_it(app):
    await app.post()
    [row] = app.stores.rows("intents")
    assert '"consent":{"version":"' in str(row)
    assert '"channel":"web","language":"id","digest":"' in str(row)


@pytest.mark.parametrize(
    "body", [without("consent"), BODY | {"consent": False}, BODY | {"consent": "yes"}]
)
async def test_nothing_is_kept_without_consent(body, app):
    assert faults(await app.post(body))["consent"]["code"] == "missing"
    assert app.stores.rows("intents") == app.stores.rows("records") == []
    assert app.sessions.rows == {}


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("nik", None, "missing"),
        ("nik", "", "missing"),
        ("nik", "320411570696000", "nik_length"),
        ("nik", "3204119906960001", "nik_date"),
        ("full_name", None, "missing"),
        ("full_name", "S1T1", "name_digits"),
        ("profession", None, "missing"),
        ("profession", "?", "unknown"),
        ("phone", None, "missing"),
        ("phone", "021-5550001", "phone_not_mobile"),
        ("language", "tlh", "unknown"),
        ("nik", 3204115706960001, "type"),
        ("full_name", "x" * (FIELD_CHARACTERS_MAX + 1), "too_long"),
        ("full_name", "SITI\0AMINAH", "type"),
        ("colour", "red", "unknown"),
    ],
)
async def test_a_field_that_cannot_be_used_is_named_in_words(field, value, code, app):
    body = without(field) if value is None else BODY | {field: value}
    told = faults(await app.post(body))
    assert list(told) == [field]
    assert told[field]["code"] == code
    assert told[field]["message"]
    assert "{" not in told[field]["message"]
    assert app.stores.rows("intents") == []


async def test_every_fault_is_told_at_once_in_the_language_of_the_body(app):
    told = faults(await app.post({"nik": "1", "consent": True, "language": "en"}))
    assert list(told) == ["nik", "full_name", "profession", "phone"]
    assert "16" in told["nik"]["message"]
    assert "name" in told["full_name"]["message"].lower()
    assert "Nurse" in told["profession"]["message"]


async def test_what_was_wrong_is_sent_again_under_a_new_key(app):
    faults(await app.post(BODY | {"nik": "1"}))
    assert (await app.post()).status_code == 422  # the old key has another body
    assert (await app.post(key=key(1))).status_code == 201


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ("", 400),
        ("x" * (KEY_CHARACTERS_MIN - 1), 400),
        ("x" * (KEY_CHARACTERS_MAX + 1), 400),
        ("x" * KEY_CHARACTERS_MIN, 201),
        ("x" * KEY_CHARACTERS_MAX, 201),
    ],
)
async def test_a_key_has_its_bounds(given, status, app):
    assert (await app.post(key=given)).status_code == status


async def test_a_request_without_a_key_is_refused(app):
    answer = await app.client.post(PATH, json=BODY)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b"[" * 5_000, 400),
        (b'{"nik": "\\ud800"}', 400),
        (b"{}".ljust(BODY_BYTES_MAX), 422),
        (b"{}".ljust(BODY_BYTES_MAX + 1), 413),
    ],
)
async def test_a_body_that_is_none_is_a_problem(content, status, app):
    answer = await app.client.post(PATH, content=content, headers={"Idempotency-Key": KEY})
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["status"] == status


async def test_two_people_are_two_registrations(app):
    one = (await app.post()).json()
    two = (await app.post(BODY | {"nik": nik(7), "full_name": "BUDI SANTOSO"}, key=key(1))).json()
    assert one["token"] != two["token"]
    assert one["number"] != two["number"]
    assert (await app.get(one["token"])).json()["number"] == one["number"]


@pytest.mark.parametrize("token", ["x", "x" * 22, "x" * 23, "../x", "%00" * 8])
async def test_a_token_that_is_none_of_ours_opens_nothing(token, app):
    await app.post()
    answer = await app.get(token)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM


# -- proof ----------------------------------------------------------------------------------------


async def test_the_answer_says_how_to_prove_the_phone(app):
    told = (await app.post()).json()
    code = told["proof"]["code"]
    assert len(code) == 8
    assert told["proof"]["dial"].endswith(f"*{code}#")
    assert code in told["proof"]["whatsapp"]
    assert told["proof"]["sms_to"]
    assert datetime.fromisoformat(told["expires_at"]) - app.now == timedelta(minutes=30)


async def test_the_code_from_the_phone_holds_the_registration(app):
    told = (await app.post()).json()
    await app.prove(told)
    known = (await app.get(told["token"])).json()
    assert known["number"] == told["number"]
    assert (known["proven"], known["standing"], known["proof"]) == (True, "held", None)
    assert known["status"] == "received"


async def test_another_phone_than_the_one_that_was_written_cannot_prove_it(app):
    told = (await app.post()).json()
    await app.prove(told, address=Address(AddressKind.PHONE, "+6281299990009"))
    assert (await app.get(told["token"])).json() == told


async def test_a_code_that_has_expired_is_shown_no_more_and_another_may_be_asked_for(app):
    told = (await app.post()).json()
    app.now += timedelta(minutes=31)
    assert (await app.get(told["token"])).json()["proof"] is None
    another = (await app.say(told["token"], "/proof")).json()
    assert another["proof"]["code"] != told["proof"]["code"]
    assert (await app.get(told["token"])).json() == another
    await app.prove(another)
    assert (await app.get(told["token"])).json()["proven"] is True
    assert (await app.say(told["token"], "/proof")).status_code == 409


async def test_codes_are_bounded_and_it_says_for_how_long(app):
    told = (await app.post()).json()
    for _ in range(CODES_PER_BROWSER_MAX - 1):
        assert (await app.say(told["token"], "/proof")).status_code == 200
    answer = await app.say(told["token"], "/proof")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_the_document_names_all_that_is_answered(app):
    answers = public_paths()[PATH]["post"]["responses"]
    says = answers["201"]["content"]["application/json"]["schema"]
    told = (await app.post()).json()
    for value, schema in ((told, says), (told["proof"], says["properties"]["proof"])):
        assert set(value) == set(schema.get("properties", ())) == set(schema["required"])
    assert set(says["properties"]["outcome"].get("enum", ())) == set(OutcomeKind)
