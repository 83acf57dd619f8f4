"""What officials change in registrations through the API."""

import pytest

from core.conversation.session import Session
from core.operators.roles import Role
from core.registration.intent import OutcomeKind
from core.registration.number import make_number
from tests.fixtures.clinics import SOREANG, book, nik, person_intent, phone, wib
from tests.fixtures.people_desk import WHY, People


@pytest.fixture
async def people(database_url):
    opened = People(database_url)
    yield opened
    await opened.client.aclose()
    await opened.close()


@pytest.fixture
async def number(people):
    return await people.register(1)


async def test_a_correction_is_made_told_and_noted_once(people, number):
    body = {"full_name": "siti  aminah", "profession": "suster", "phone": "0811 0000 0007"}
    again = {"idempotency_key": "k"}
    answer = await people.post(number, "/corrections", body, **again)
    assert answer.json() == {"number": number, "changed": ["full_name", "phone"]}
    assert tuple(people.one(number, "full_name", "profession", "phone")) == (
        *("siti aminah", "perawat", phone(7).value),
    )
    assert (await people.post(number, "/corrections", body, **again)).json() == answer.json()
    assert people.told(phone(1)) + people.told(phone(7)) == ["case_corrected"]
    assert await people.audit() == [("operator", "correct", number, WHY["reason"])]


async def test_a_nik_is_moved_and_told_by_its_end(people, number):
    answer = await people.post(number, "/corrections", {"nik": nik(5), "full_name": "SITI A"})
    assert answer.json()["changed"] == ["full_name", "nik", "status"]
    assert people.one(number, "nik") == nik(5)
    assert people.told(phone(1)) == ["case_nik_moved"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "there is nothing to correct"),
        ({"nik": "123"}, 422, "nik: "),
        ({"phone": "12"}, 422, "phone: "),
        ({"full_name": "A1"}, 422, "full_name: "),
        ({"language": "xx"}, 422, "language: should be one of: en, id"),
        ({"colour": "red"}, 422, "takes only"),
    ],
)
async def test_what_cannot_be_read_is_refused_in_words(people, number, body, status, says):
    answer = await people.post(number, "/corrections", body)
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert await people.audit() == []


async def test_a_correction_needs_a_reason_and_a_record(people, number):
    assert (
        await people.post(number, "/corrections", {"nik": nik(5)}, reason={})
    ).status_code == 422
    assert (await people.post(make_number(1), "/corrections", {"nik": nik(5)})).status_code == 404


async def test_the_nik_of_another_is_refused_with_the_others_number(people, number):
    other = await people.register(2)
    answer = await people.post(number, "/corrections", {"nik": nik(2), "full_name": "SITI A"})
    assert (answer.status_code, answer.json()["number"]) == (409, other)
    assert people.history() == []


async def test_what_was_changed_meanwhile_is_not_changed_unseen(people, number):
    shown = (await people.client.get(f"/api/v1/registrations/{number}")).json()
    seen = {"if_match": f'"{shown["version"]}"'}
    assert (await people.post(number, "/corrections", {"full_name": "A"}, **seen)).is_success
    late = await people.post(number, "/corrections", {"full_name": "B"}, **seen)
    assert (late.status_code, late.json()["version"]) == (409, shown["version"] + 1)
    assert people.one(number, "full_name") == "A"


async def test_a_new_phone_is_linked_and_the_old_one_told_once(people, number):
    body = {"address": "0811 0000 0007", "do": "replace_phone"}
    answer = await people.post(number, "/links", body)
    assert answer.json()["changed"] == ["link", "phone", "unlink"]
    assert people.told(phone(7)) == ["case_linked"]
    assert people.told(phone(1)) == ["case_unlinked"]
    unlinked = await people.post(number, "/links", {"address": phone(7).value, "do": "unlink"})
    assert unlinked.json()["changed"] == ["unlink"]
    assert people.addresses(number) == {}
    mail = await people.post(number, "/links", {"address": "A@klinik.example"})
    assert mail.json()["changed"] == ["link"]
    assert people.addresses(number) == {"email:a@klinik.example": True}


async def test_a_withdrawal_closes_the_registration(people, number):
    slot = await people.open(SOREANG, wib(27, 13))
    await people.store.book(book(number, slot))
    assert (await people.post(number, "/withdrawal")).is_success
    assert people.one(number, "status") == "withdrawn"
    assert await people.seats(slot) == (0, 1)
    assert people.told(phone(1))[-1] == "case_withdrawn"
    assert (await people.post(number, "/withdrawal", idempotency_key="2")).status_code == 409


async def test_a_merger_waits_for_a_second_person(people, number):
    officer = await people.operator("sari", Role.OFFICER)
    gone = await people.register(2)
    asked = await people.post(number, "/merge", {"gone": gone}, client=officer)
    assert people.one(gone, "status") == "verified"
    confirmed = await people.confirm(asked, people.client)
    assert confirmed.json()["answer"]["number"] == number
    assert people.one(gone, "status") == "merged"
    shown = (await people.client.get(f"/api/v1/registrations/{gone}")).json()
    assert shown["number"] == number


async def test_an_erasure_leaves_no_number_session_or_reason(people, number):
    officer = await people.operator("sari", Role.OFFICER)
    await people.sessions.save(phone(1).conversation, Session(), after=0)
    await people.post(number, "/corrections", {"full_name": "SITI AMINAH"})
    asked = await people.post(number, "/erasure", client=officer)
    [waiting] = (await people.client.get("/api/v1/approvals")).json()["items"]
    assert (waiting["act"], waiting["number"]) == ("erase", number)
    confirmed = await people.confirm(asked, people.client)
    receipt = confirmed.json()["answer"]["receipt"]
    assert people.run("SELECT id FROM records") == []
    assert people.sessions.rows == {}
    assert {row[2] for row in await people.audit()} == {None}
    assert ("sari", f"erase {receipt}", None, "") in await people.audit()
    assert people.run("SELECT number, call, reason FROM approvals") == [("", "", "")]
    assert people.told(phone(1)) == ["case_erased"]
    again = await people.record(person_intent(1, intent_id="i9"))
    assert again.kind is OutcomeKind.REGISTERED
