"""What is shown without `reveal` rebuilds no NIK, and every look at a person is in the audit."""

import pytest

from tests.fixtures.clinics import nik, person_intent, phone
from tests.fixtures.people_desk import People

NUMBERED = "/api/v1/registrations/{number}"
# Each way to look at somebody: method, path, body.
LOOKS = {
    "search by nik": ("POST", "/api/v1/registrations/search", {"nik": "{nik}"}),
    "search by number": ("POST", "/api/v1/registrations/search", {"number": "{number}"}),
    "search by address": ("POST", "/api/v1/registrations/search", {"address": "{phone}"}),
    "find": ("POST", "/api/v1/registrations/find", {"full_name": "{name}", "regency": "3204"}),
    "get": ("GET", NUMBERED, None),
    "person": ("GET", f"{NUMBERED}/person", None),
    "timeline": ("GET", f"{NUMBERED}/timeline", None),
    "standing": ("GET", f"{NUMBERED}/standing", None),
    "messages": ("POST", "/api/v1/outbox/search", {"address": "{phone}"}),
    "cases": ("POST", "/api/v1/cases/search", {}),
    "reviews": ("GET", "/api/v1/reviews", None),
}


@pytest.fixture
async def people(database_url):
    opened = People(database_url)
    yield opened
    await opened.client.aclose()
    await opened.close()


async def a_person_with_a_case(people):
    """Register somebody; let another come with the same NIK under another name."""
    number = await people.register(1)
    other = {"address": phone(2), "phone": phone(2).value, "full_name": "BUDI HARTONO"}
    await people.record(person_intent(1, intent_id="i2", message_id="m2", **other))
    return number


async def look(people, number, what):
    method, path, body = LOOKS[what]
    known = {"nik": nik(1), "number": number, "phone": phone(1).value}
    known["name"] = person_intent(1).full_name
    filled = {key: value.format(**known) for key, value in (body or {}).items()}
    given = {} if body is None else {"json": filled}
    return await people.client.request(method, path.format(**known), **given)


@pytest.mark.parametrize("what", LOOKS)
async def test_no_nik_can_be_rebuilt_from_what_is_not_revealed(people, what):
    number = await a_person_with_a_case(people)
    answer = await look(people, number, what)
    assert answer.status_code == 200, answer.text
    assert number in answer.text or what in {"standing", "messages", "timeline"}
    born = person_intent(1).birth_date
    # Eight digits stay unknown: 100 districts, and some 22,000 birth dates of either sex.
    for told in (nik(1), nik(1)[4:12], nik(1)[6:12], born.isoformat(), '"female"', '"male"'):
        assert told not in answer.text, told


@pytest.mark.parametrize("what", LOOKS)
async def test_every_look_at_a_person_leaves_a_row_with_their_number(people, what):
    number = await a_person_with_a_case(people)
    before = len(await people.audit())
    await look(people, number, what)
    rows = (await people.audit())[before:]
    assert [row[2] for row in rows if row[2] == number], rows
