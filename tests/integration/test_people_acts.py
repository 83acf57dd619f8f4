"""What officials see of people through the API: messages, names, and one person."""

from datetime import timedelta

import pytest

from core.conversation.session import Session
from core.operators.finding import HITS_MAX
from core.operators.roles import Role
from tests.fixtures.clinics import SOREANG, book, nik, person_intent, phone, wib
from tests.fixtures.people_desk import NOW, WHY, People


@pytest.fixture
async def people(database_url):
    opened = People(database_url)
    yield opened
    await opened.client.aclose()
    await opened.close()


@pytest.fixture
async def number(people):
    return await people.register(1)


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


async def test_who_reads_the_messages_of_a_person_is_in_the_audit(people, number):
    body = {"address": "0811 0000 0001"}
    await people.client.post("/api/v1/outbox/search", json=body)
    assert (await people.audit())[-1] == ("operator", "messages", number, "")


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


# One person.


async def look(people, number, what, client=None):
    answer = await (client or people.client).get(f"/api/v1/registrations/{number}/{what}")
    assert answer.is_success, answer.text
    return answer.json()


async def test_the_timeline_shows_what_happened_and_who_looked(people, number):
    await people.store.book(book(number, await people.open(SOREANG, wib(27, 13))))
    await people.post(number, "/notes", {"note": "calls back on Monday"})
    people.run("UPDATE outbox SET status = 'dead', why = '21211' WHERE key = 'b1/ticket'")
    items = (await look(people, number, "timeline"))["items"]
    assert {one["kind"] for one in items} == {
        *("intent", "change", "appointment", "message", "look", "note"),
    }
    assert [one["note"] for one in items if one["kind"] == "note"] == ["calls back on Monday"]
    assert "21211" in {one["why"] for one in items if one["kind"] == "message"}
    assert [one["at"] for one in items] == sorted((one["at"] for one in items), reverse=True)
    assert (await people.audit())[-1] == ("operator", "timeline", number, "")


async def test_the_timeline_shows_no_more_of_the_audit_than_the_audit_itself(people, number):
    officer = await people.operator("sari", Role.OFFICER)
    helpdesk = await people.operator("budi", Role.HELPDESK)
    await look(people, number, "timeline")
    await look(people, number, "timeline", officer)

    async def looks(client):
        items = (await look(people, number, "timeline", client))["items"]
        return {one["operator"] for one in items if one["kind"] == "look"}

    assert await looks(people.client) == {"operator", "sari"}
    assert await looks(officer) == {"sari"}
    assert await looks(helpdesk) == set()


async def test_all_of_a_person_is_one_look(people, number):
    await people.post(number, "/notes", {"note": "calls back on Monday"})
    shown = await look(people, number, "person")
    assert nik(1) not in str(shown)
    assert shown["registration"]["number"] == number
    assert {one["kind"] for one in shown["timeline"]} >= {"intent", "note"}
    assert [one["address"] for one in shown["standing"]] == [phone(1).value]
    assert (await people.audit())[-1] == ("operator", "look", number, "")
    assert (await look(people, number, "person?reveal=1"))["registration"]["nik"] == nik(1)


async def test_where_a_person_stands_is_shown_without_any_answer(people, number):
    session = Session(stage="asking", question="nik", at=int(NOW.timestamp()), answers={"x": "y"})
    await people.sessions.save(phone(1).conversation, session, after=0)
    [one] = (await look(people, number, "standing"))["items"]
    assert one == {"address": phone(1).value, "step": "nik", "since": NOW.isoformat()}


async def test_a_person_gets_all_data_there_are(people, number):
    await people.post(number, "/corrections", {"full_name": "SITI A"})
    data = await look(people, number, "data")
    assert data["registration"]["nik"] == nik(1)
    assert nik(1) in data["intents"][0]["intent"]
    assert data["history"][0]["new"] == "SITI A"
    assert (await people.audit())[-1] == ("operator", "data", number, "")
    helpdesk = await people.operator("budi", Role.HELPDESK)
    refused = await helpdesk.get(f"/api/v1/registrations/{number}/data")
    assert refused.status_code == 403


async def test_a_person_gets_nobody_elses_data(people, number):
    """Who sends her NIK under another name is kept with her record until it is decided."""
    other = person_intent(9, intent_id="o", nik=nik(1), full_name="ZAINAL ABIDIN")
    await people.record(other)
    data = await look(people, number, "data")
    assert len(data["intents"]) == 1
    assert phone(9).value not in str(data)


async def test_a_nik_is_taken_off_the_roster(people):
    people.run(
        """
        INSERT INTO roster (campaign, nik, full_name, profession, facility_code)
        VALUES ('c', :nik, 'SITI', 'perawat', '')
        """,
        nik=nik(1),
    )
    where = "/api/v1/roster/removals"
    gone = await people.client.post(where, json={"nik": nik(1), **WHY})
    assert gone.json() == {"removed": 1}
    assert people.run("SELECT id FROM roster") == []
    again = await people.client.post(where, json={"nik": nik(1), **WHY})
    assert again.status_code == 404
