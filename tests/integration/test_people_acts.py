"""What officials do about people through the API: registrations, calls, messages, data."""

from datetime import timedelta
from functools import partial

import pytest

from core.conversation.session import Session
from core.database.statements import Statement
from core.operators.finding import HITS_MAX
from core.operators.operators import add_operator
from core.operators.roles import SCOPES, Role
from core.operators.tokens import NewToken, add_token
from core.registration.intent import OutcomeKind
from core.registration.number import make_number
from core.turns.memory_sessions import MemorySessions
from tests.fixtures.changes import Desk
from tests.fixtures.clinics import SOREANG, book, nik, person_intent, phone, wib
from tests.fixtures.desk import make_client, make_routes
from tests.scripts import CAMPAIGN, START

WHY = {"reason": "she called"}
NOW = START + timedelta(days=1)
MANY = CAMPAIGN.model_copy(update={"id": "c"})  # the campaign of `person_intent`
_AUDIT = Statement("SELECT operator, action, number, why FROM audit ORDER BY id")


class People(Desk):
    """Registered people, and the API before them."""

    def __init__(self, url):
        super().__init__(url)
        self.sessions, self.now = MemorySessions(), NOW
        self.routes, _ = make_routes(
            self.database, clock=lambda: self.now, campaign=MANY, sessions=self.sessions
        )
        self.client = make_client(self.routes)

    async def operator(self, name, role):
        """Add an operator; return a client with a token of theirs."""
        add = partial(add_operator, name=name, role=role, facility_code="", at=self.now)
        await self.database.write(add)
        new = NewToken(name, f"sp_{name}", "test", SCOPES[role])
        assert await self.database.write(partial(add_token, new=new, at=self.now))
        return make_client(self.routes, new.token)

    async def post(self, number, path="", body=None, *, client=None, reason=WHY, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        where = f"/api/v1/registrations/{number}{path}".rstrip("/")
        return await (client or self.client).post(
            where, json={**(body or {}), **reason}, headers=named
        )

    async def confirm(self, answer, client):
        """Confirm what another person asked for."""
        assert answer.status_code == 202, answer.text
        approval = answer.json()["approval"]
        return await client.post(f"/api/v1/approvals/{approval}/confirm", json=WHY)

    async def audit(self):
        return [tuple(row) for row in await self.database.read(lambda on: on.all(_AUDIT))]

    def told(self, address):
        """Return the keys of the words that an address is told."""
        rows = self.run(
            "SELECT reply FROM outbox WHERE value = :value ORDER BY id", value=address.value
        )
        return [reply.split('"')[1] for (reply,) in rows]


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


# For somebody who calls.

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
    unknown = await people.post(number, "/appointment", seat(answers=["unheard_of"]))
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


# Messages, and the search by name.


def message_ids(people, address):
    rows = people.run(
        "SELECT id FROM outbox WHERE value = :value ORDER BY id", value=address.value
    )
    return [str(row_id) for (row_id,) in rows]


async def test_a_message_is_sent_once_more_three_times_a_day(people, number):
    await people.post(number, "/corrections", {"full_name": "SITI A"})
    [first] = message_ids(people, phone(1))
    statuses = [
        (await people.post(number, "/messages", {"id": first})).status_code for _ in range(4)
    ]
    assert statuses == [201, 201, 201, 429]
    assert people.told(phone(1)) == ["case_corrected"] * 4
    people.now += timedelta(days=1, seconds=1)
    assert (await people.post(number, "/messages", {"id": first})).status_code == 201


async def test_no_other_persons_message_and_no_code_is_sent_once_more(people, number):
    other = await people.register(2)
    await people.post(other, "/corrections", {"full_name": "SITI B"})
    await people.post(number, "/codes")
    [theirs], [code] = message_ids(people, phone(2)), message_ids(people, phone(1))
    assert (await people.post(number, "/messages", {"id": theirs})).status_code == 404
    assert (await people.post(number, "/messages", {"id": code})).status_code == 409
    people.run("UPDATE outbox SET reply = :blank", blank='[[],""]')
    assert (await people.post(other, "/messages", {"id": theirs})).status_code == 409


async def test_a_number_is_opted_out_and_in_again(people):
    for out in (True, False):
        people.now += timedelta(minutes=1)
        body = {"address": "0811 0000 0001", "out": out, **WHY}
        assert (await people.client.post("/api/v1/opt-outs", json=body)).json() == {"out": out}
        assert people.run("SELECT value, out FROM opt_outs") == [(phone(1).value, int(out))]


async def find(people, client=None, **body):
    answer = await (client or people.client).post("/api/v1/registrations/find", json=body)
    return [one["number"] for one in answer.json()["items"]]


async def test_a_person_is_found_by_name_and_birth_date_or_regency(people, number):
    other = await people.register(2, full_name="ZAINAL ABIDIN")
    await people.register(
        3, full_name="SITI AMINAH", nik="3171034103900005", birth_date="1990-03-01"
    )
    await people.post(number, "/corrections", {"full_name": "SITI AMINAH, S.KEP"})
    assert await find(people, full_name="siti aminah", birth_date="1996-06-17") == [number]
    assert await find(people, full_name="Zaenal Abidin", birth_date="1996-06-17") == [other]
    assert await find(people, full_name="siti aminah", regency="3204") == [number]
    assert await find(people, full_name="nobody", regency="3204") == []
    assert ("operator", "find", number, "") in await people.audit()


async def test_the_search_by_name_shows_a_few_masked_and_not_to_everybody(people):
    for n in range(1, 25):
        await people.register(n)
    body = {"full_name": "siti", "birth_date": "1996-06-17"}
    found = (await people.client.post("/api/v1/registrations/find", json=body)).json()["items"]
    assert len(found) == HITS_MAX
    assert all("*" in one["nik"] for one in found)
    helpdesk = await people.operator("budi", Role.HELPDESK)
    refused = await helpdesk.post("/api/v1/registrations/find", json=body)
    assert refused.status_code == 403
    none = await people.client.post("/api/v1/registrations/find", json={"full_name": "SITI"})
    assert none.status_code == 422
