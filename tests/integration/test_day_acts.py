"""The acts on a facility's day, over HTTP and on both databases."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from core.operators.operators import add_operator
from core.operators.roles import SCOPES, Role
from core.operators.tokens import NewToken, add_token
from core.outbox.sms_bounds import HOME
from gateway.operators.closing import displace_forever
from tests.contract.test_appointment_stores import screen
from tests.fixtures import clinics as made
from tests.fixtures.clinics import BANDUNG, SOREANG, SqlClinics, book, nik, phone
from tests.fixtures.console import CSRF, make_console
from tests.fixtures.desk import make_client, make_routes
from tests.scripts import CAMPAIGN

MORNING, NOON = made.wib(22, 8), made.wib(22, 13)
DAY = "/api/v1/facilities/SOREANG/days/2021-01-22"
CLOSURES = "/api/v1/facilities/SOREANG/closures"


@pytest.fixture
async def clinics(database_url, monkeypatch):
    monkeypatch.setattr(made, "CAMPAIGN", CAMPAIGN.id)
    opened = SqlClinics(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def number(clinics):
    number = await clinics.register(1)
    slot = await clinics.open(SOREANG, MORNING, capacity=9, campaign=CAMPAIGN.id)
    await clinics.store.book(book(number, slot))
    return number


@pytest.fixture
def at():
    """Return the time of the desk's clock, which a test may set."""
    return [NOON]


@pytest.fixture
async def client(clinics, at):
    routes, _ = make_routes(clinics.database, clock=lambda: at[0])
    async with make_client(routes) as opened:
        yield opened


async def post(client, path, key=None, **body):
    headers = {"idempotency-key": key} if key else {}
    return await client.post(path, json=body, headers=headers)


async def site_token(clinics, code):
    """Return the token of an operator of that facility."""
    new = NewToken(f"site {code}", f"sp_{code}", "test", SCOPES[Role.FACILITY])
    add = partial(add_operator, name=new.name, role=Role.FACILITY, facility_code=code, at=NOON)
    await clinics.database.write(add)
    await clinics.database.write(partial(add_token, new=new, at=NOON))
    return new.token


def audited(clinics):
    return clinics.run("SELECT action, number FROM audit ORDER BY id")


async def test_the_list_of_a_day_is_shown_and_audited(clinics, number, client):
    answer = (await client.get(DAY)).json()
    assert answer["facility"] == {"code": "SOREANG", "name": "Puskesmas Soreang"}
    assert (answer["date"], answer["closed"], answer["more"]) == ("2021-01-22", False, False)
    [entry] = answer["items"]
    assert (entry["time"], entry["number"], entry["nik_end"]) == ("08:00", number, nik(1)[-4:])
    assert ("facility_day", number) in audited(clinics)
    assert (await client.get(DAY.replace("SOREANG", "NONE"))).status_code == 404
    assert (await client.get(DAY.replace("2021-01-22", "today"))).status_code == 404


async def test_the_list_of_a_day_as_csv(clinics, number, client):
    answer = await client.get(f"{DAY}/csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines()[1].startswith(f"08:00,{number},")
    assert answer.headers["content-disposition"] == 'attachment; filename="2021-01-22.csv"'


async def test_a_scan_notes_who_came_without_a_reason_and_once(clinics, number, client):
    [entry] = (await client.get(DAY)).json()["items"]
    ticket = f"SATUPINTU:{number}:1:{entry['code']}"
    for _ in range(2):
        answer = await post(client, "/api/v1/attendance", "k", code=ticket, came=True, batch="B7")
        assert answer.status_code == 200, answer.text
        assert answer.json()["number"] == number
    [entry] = (await client.get(DAY)).json()["items"]
    assert (entry["came"], entry["noted_by"], entry["batch"]) == ("yes", "operator", "B7")
    assert audited(clinics).count(("attendance", number)) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"number": "0000-0000", "came": True}, 404),
        ({"number": "nonsense", "came": True}, 400),
        ({"code": "AAAABBBB", "came": True}, 422),
        ({"code": "AAAABBBB", "facility": "SOREANG", "came": True}, 404),
        ({"came": True}, 422),
        ({"number": "x", "code": "y", "came": True}, 422),
        ({"number": "0000-0000", "came": "perhaps"}, 422),
        ({"number": "0000-0000", "came": 1}, 422),
        ({"number": "0000-0000", "came": True, "batch": "x" * 41}, 422),
        ({"number": "0000-0000", "came": "put_off", "until": "soon"}, 422),
    ],
)
async def test_what_cannot_be_noted_is_refused(client, number, body, status):
    assert (await client.post("/api/v1/attendance", json=body)).status_code == status


async def test_a_ticket_of_another_day_says_which(client, number, at):
    at[0] = MORNING - timedelta(days=1)
    answer = await post(client, "/api/v1/attendance", number=number, came=True)
    assert (answer.status_code, answer.json()["why"]) == (409, "another_day")
    assert answer.json()["start"] == "2021-01-22T08:00:00+07:00"


async def test_a_walk_in_takes_a_seat_of_the_running_hour_or_an_extra_one(clinics, number, client):
    for n in (2, 3):
        other = await clinics.register(n)
        slot = {"campaign": CAMPAIGN.id, "capacity": 1}
        await clinics.open(SOREANG, NOON, **slot)
        answer = await post(client, "/api/v1/walk-ins", number=other, facility="SOREANG")
        assert answer.json() == {"number": other, "dose": 1}
    items = (await client.get(DAY)).json()["items"]
    assert [(one["time"], one["walk_in"]) for one in items] == [
        *[("08:00", False), ("13:00", True), ("13:00", True)]
    ]
    again = await post(client, "/api/v1/walk-ins", number=number, facility="SOREANG")
    assert again.status_code == 409


async def test_a_doctors_word_clears_the_screening_and_decides_its_case(clinics, number, client):
    path = f"/api/v1/registrations/{number}/screening"
    assert (await post(client, path, reason="dr. Sari")).status_code == 409
    await clinics.store.screen(screen(number, outcome="ask_site"))
    assert clinics.run("SELECT status FROM cases") == [("open",)]
    assert (await post(client, path)).status_code == 422
    assert (await post(client, path, reason="dr. Sari")).status_code == 200
    assert clinics.run("SELECT status, decided_by FROM cases") == [("decided", "operator")]
    [entry] = (await client.get(DAY)).json()["items"]
    assert not entry["ask_site"]


async def test_closing_is_previewed_with_words_and_cost_and_changes_nothing(
    clinics, number, client, at
):
    at[0] = MORNING - timedelta(days=1)
    await clinics.open(SOREANG, MORNING + timedelta(days=1), campaign=CAMPAIGN.id)
    for offer, kind in (("next_free", "moved"), ("choose", "choosing"), ("cancel", "cancelled")):
        path = f"{CLOSURES}/preview"
        shown = (await post(client, path, date="2021-01-22", offer=offer)).json()
        assert (shown["booked"], shown[kind], shown["sms"]) == (1, 1, 1), shown
        assert shown["segments"] == 1
        [words] = shown["words"]
        assert (words["kind"], words["channel"], words["language"]) == (kind, "sms", "id")
        assert "Puskesmas Soreang tutup Jum 22 Jan 2021" in words["text"]
    assert clinics.run("SELECT status FROM appointments") == [("booked",)]
    assert clinics.run("SELECT key FROM closures") == []


async def test_a_closed_day_tells_its_people_and_lists_whom_to_call(clinics, number, client, at):
    at[0] = MORNING - timedelta(days=1)
    body = {"date": "2021-01-22", "offer": "choose"}
    assert (await post(client, CLOSURES, **body)).status_code == 422  # why?
    for _ in range(2):
        closed = await post(client, CLOSURES, "k", **body, reason="flood")
        assert (closed.status_code, closed.json()["booked"]) == (200, 1)
    assert (await post(client, CLOSURES, **body, reason="flood")).status_code == 409
    assert clinics.run("SELECT status FROM appointments") == [("cancelled_by_site",)]
    calls = "/api/v1/facilities/SOREANG/calls"
    assert (await client.get(calls)).json() == {"items": []}
    at[0] = MORNING
    [one] = (await client.get(calls)).json()["items"]
    assert (one["number"], one["phone"]) == (number, phone(1).value)
    assert (await post(client, calls, id=one["id"])).status_code == 200
    assert (await post(client, calls, id=one["id"])).status_code == 409
    assert (await client.get(calls)).json() == {"items": []}
    reopen = {"date": "2021-01-22", "reason": "dry again"}
    assert (await post(client, f"{CLOSURES}/reopen", **reopen)).status_code == 200
    assert (await post(client, f"{CLOSURES}/reopen", **reopen)).status_code == 409


async def test_slots_are_opened_closed_and_copied(clinics, number, client):
    path = "/api/v1/facilities/SOREANG/slots"
    body = {"date": "2021-01-25", "days": 2, "times": ["08:00", "10:00"], "reason": "plan"}
    opened = (await post(client, path, **body, capacity=5)).json()
    assert opened == {"new": 4, "again": 0, "full": 0, "closed": 0}
    shut = (await post(client, path, **body, capacity=0)).json()
    assert shut == {"new": 0, "again": 4, "full": 0, "closed": 0}
    await post(client, path, **body, capacity=5)
    weeks = "/api/v1/facilities/SOREANG/weeks"
    copied = await post(client, weeks, date="2021-01-25", weeks=3, reason="plan")
    assert copied.json() == {"new": 12, "again": 0, "full": 0, "closed": 0}
    rows = clinics.run("SELECT count(*) FROM slots WHERE start LIKE '2021-02-16T01:00%'")
    assert rows == [(1,)]
    for wrong in ({"times": ["25:00"]}, {"date": "9999-12-31"}, {"dose": 9}, {"capacity": -1}):
        answer = await post(client, path, **{**body, "capacity": 5, **wrong})
        assert answer.status_code == 422, wrong


async def test_the_rest_is_moved_after_the_answer(clinics, number, client, at, monkeypatch):
    monkeypatch.setattr("gateway.operators.closure_acts.AT_ONCE_MAX", 0)
    at[0] = MORNING - timedelta(days=1)
    body = {"date": "2021-01-22", "offer": "cancel", "reason": "flood"}
    await post(client, CLOSURES, **body)
    assert clinics.run("SELECT status FROM appointments") == [("booked",)]
    finishing = asyncio.create_task(displace_forever(clinics.database, lambda: at[0], HOME))
    while clinics.run("SELECT id FROM closures WHERE done_at = ''"):
        await asyncio.sleep(0)
    finishing.cancel()
    assert clinics.run("SELECT status FROM appointments") == [("cancelled_by_site",)]


async def test_an_operator_of_a_facility_sees_and_notes_its_own_alone(clinics, number, client):
    """The other facility is known only by its own people, whatever a call names."""
    await clinics.open(BANDUNG, MORNING, campaign=CAMPAIGN.id)
    own, other = [await site_token(clinics, code) for code in (SOREANG.code, BANDUNG.code)]
    routes, _ = make_routes(clinics.database, clock=lambda: NOON)
    note = {"number": number, "came": True}
    async with make_client(routes, other) as stranger:
        assert (await stranger.get(DAY)).status_code == 403
        assert (await post(stranger, "/api/v1/attendance", **note)).status_code == 404
        named = {**note, "facility": SOREANG.code}
        assert (await post(stranger, "/api/v1/attendance", **named)).status_code == 403
        walk_in = {"number": number, "facility": SOREANG.code}
        assert (await post(stranger, "/api/v1/walk-ins", **walk_in)).status_code == 403
        closing = {"date": "2021-01-22", "offer": "cancel", "reason": "x"}
        assert (await post(stranger, CLOSURES, **closing)).status_code == 403
    async with make_client(routes, own) as site:
        assert (await site.get(DAY)).status_code == 200
        assert (await post(site, "/api/v1/attendance", **note)).status_code == 200


async def test_the_same_key_of_another_official_is_another_call(clinics, number, client):
    """Whoever writes to the API chooses the keys: two may well begin with 1."""
    routes, _ = make_routes(clinics.database, clock=lambda: NOON)
    first, second = await clinics.register(2), await clinics.register(3)
    async with make_client(routes, await site_token(clinics, SOREANG.code)) as site:
        await post(site, "/api/v1/walk-ins", "1", number=first)
        here = {"number": second, "facility": "SOREANG"}
        assert (await post(client, "/api/v1/walk-ins", "1", **here)).json()["number"] == second
        seated = clinics.run("SELECT record_id FROM appointments WHERE walk_in = 1")
        assert len(seated) == 2
        put_off = {"came": "put_off", "until": "2021-02-01"}
        await post(site, "/api/v1/attendance", "2", number=first, **put_off)
        await post(client, "/api/v1/attendance", "2", number=second, **put_off)
        assert clinics.run("SELECT outcome FROM screenings") == [("postpone",)] * 2


# The console.


async def test_the_day_page_has_a_button_for_each_person_and_posts_without_a_script(
    clinics, number
):
    page = "/console/places/SOREANG/days/2021-01-22"
    async with make_console(clinics.database, Role.FACILITY, clock=lambda: NOON) as site:
        text = (await site.get(page)).text
        assert f'data-number="{number}"' in text
        assert nik(1) not in text
        form = {"csrf": CSRF, "key": "k", "number": number, "came": "put_off", "next": page}
        for _ in range(2):
            answer = await site.post("/console/do/attendance", data=form)
            assert answer.status_code == 303, answer.text
        assert clinics.run("SELECT status FROM appointments") == [("put_off",)]


async def test_closing_in_the_console_is_seen_before_it_is_done(clinics, number):
    early = MORNING - timedelta(days=1)
    async with make_console(clinics.database, clock=lambda: early) as desk:
        asked = {"date": "2021-01-22", "offer": "cancel"}
        page = (await desk.get("/console/places/SOREANG/closing", params=asked)).text
        assert "tutup Jum 22 Jan 2021" in page
        assert 'action="/console/ask/close_day"' in page
        assert clinics.run("SELECT key FROM closures") == []
        form = {"csrf": CSRF, "key": "k", "code": "SOREANG", "reason": "flood", **asked}
        assert (await desk.post("/console/do/close_day", data=form)).status_code == 303
    assert clinics.run("SELECT status FROM appointments") == [("cancelled_by_site",)]
