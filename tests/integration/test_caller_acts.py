"""What officials do for somebody who calls, through the API."""

from datetime import timedelta

import pytest

from core.operators.roles import Role
from tests.fixtures.clinics import SOREANG, book, nik, phone, wib
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


NEW = {"nik": nik(7), "full_name": "siti aminah", "profession": "bidan", "phone": "081100000007"}
START_AT = wib(27, 13)


async def code_for(people, number, client=None):
    answer = await people.post(number, "/codes", client=client)
    assert answer.is_success, answer.text
    [(code,)] = people.run("SELECT code FROM proofs WHERE code <> ''")
    return code


def seat(start=START_AT, **more):
    return {"facility": "SOREANG", "start": start.isoformat(), "answers": [], **more}


async def test_somebody_who_calls_is_registered_once_and_told(people):
    helpdesk = await people.operator("budi", Role.HELPDESK)
    made = await people.post("", body=NEW, client=helpdesk, idempotency_key="k")
    assert (made.status_code, made.json()["outcome"]) == (201, "registered")
    number = made.json()["number"]
    again = await people.post("", body=NEW, client=helpdesk, idempotency_key="k")
    assert again.json() == made.json()
    assert tuple(people.one(number, "nik", "standing", "phone")) == (
        nik(7),
        "held",
        phone(7).value,
    )
    assert people.addresses(number) == {
        phone(7).conversation: False
    }  # an official proves no phone
    assert people.told(phone(7)) == ["case_registered"]
    [(intent,)] = people.run("SELECT intent FROM intents")
    assert '"voucher":"operator"' in intent
    assert await people.audit() == [("budi", "register", number, WHY["reason"])]


async def test_what_lacks_a_field_registers_nobody(people):
    for field in NEW:
        body = {key: value for key, value in NEW.items() if key != field}
        answer = await people.post("", body=body)
        assert (answer.status_code, answer.json()["detail"]) == (422, f"the body lacks: {field}")
    assert people.run("SELECT id FROM records") == []


async def test_a_caller_books_changes_and_cancels_with_one_code(people, number):
    slots = [await people.open(SOREANG, start) for start in (START_AT, wib(28, 13))]
    code = await code_for(people, number)
    assert people.told(phone(1)) == ["code_desk"]
    booked = await people.post(number, "/appointment", seat(code=code))
    assert booked.json()["appointment"]["status"] == "booked", booked.text
    changed = await people.post(number, "/appointment", seat(wib(28, 13)))
    assert changed.json()["changed"] is True, changed.text
    assert [(await people.seats(slot))[0] for slot in slots] == [0, 1]
    assert (await people.post(number, "/appointment/cancellation")).is_success
    assert [(await people.seats(slot))[0] for slot in slots] == [0, 0]
    none = await people.post(number, "/appointment/cancellation", idempotency_key="2")
    assert (none.status_code, none.json()["detail"]) == (409, "no appointment is booked")
    assert "ticket_cancelled" in people.told(phone(1))
    people.now += timedelta(minutes=11)
    late = await people.post(number, "/appointment", seat(), idempotency_key="3")
    assert late.status_code == 403


async def test_only_who_reads_the_code_back_books(people, number):
    await people.open(SOREANG, START_AT)
    officer = await people.operator("sari", Role.OFFICER)
    right = await code_for(people, number)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for client, body in ((None, seat()), (None, seat(code=wrong)), (officer, seat(code=right))):
        answer = await people.post(number, "/appointment", body, client=client)
        assert answer.status_code == 403, answer.text
    assert await people.live() == 0


async def test_a_seat_is_not_booked_before_the_questions_are_answered(people, number):
    await people.open(SOREANG, START_AT)
    body = seat(code=await code_for(people, number))
    del body["answers"]
    unasked = await people.post(number, "/appointment", body)
    assert unasked.status_code == 409
    code = unasked.json()["questions"][0]
    said = await people.post(number, "/appointment", seat(answers=[code]))
    assert said.status_code == 409
    assert said.json()["outcome"] in {"postpone", "ask_site"}
    for answers in (["unheard_of"], ["none", code]):
        unknown = await people.post(number, "/appointment", seat(answers=answers))
        assert unknown.status_code == 422
    assert await people.live() == 0


async def test_what_cannot_be_booked_is_said_why(people, number):
    slot = await people.open(SOREANG, START_AT)
    other = await people.register(2)
    await people.store.book(book(other, slot, "b2", address=phone(2)))
    body = seat(code=await code_for(people, number))
    assert (await people.post(number, "/appointment", body)).json()["detail"] == (
        "no seat is left at that time"
    )
    for start, status in (("soon", 422), ("2021-01-27T13:00:00", 422), (wib(26, 9), 409)):
        text = start if isinstance(start, str) else start.isoformat()
        answer = await people.post(number, "/appointment", {**seat(), "start": text})
        assert answer.status_code == status, answer.text


async def test_a_code_needs_a_phone_and_comes_a_few_times(people, number):
    for _ in range(9):
        answer = await people.post(number, "/codes")
        if answer.status_code != 200:
            break
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)
    await people.post(number, "/corrections", {"phone": None})
    assert (await people.post(number, "/codes")).status_code == 409
