"""The app books, changes and cancels for whoever has proven the phone, and for nobody else."""

import pytest

from core.appointments.schedule import Offer, open_slots, put_facility
from core.database.statements import Statement
from gateway.http.public.visits import NAME_CHARACTERS_MAX
from tests.fixtures.clinics import SOREANG, wib
from tests.fixtures.public_api import App, key
from tests.scripts import CAMPAIGN

VERIFY = Statement("UPDATE records SET status = 'verified', version = version + 1")
HERE = "/appointment"
MORNING, NOON = wib(20, 8), wib(20, 13)


def seat(start=MORNING, **more):
    return {"facility": "SOREANG", "start": start.isoformat(), "answers": [], **more}


@pytest.fixture
async def app():
    made = App()
    offer, run = Offer(CAMPAIGN.id, "SOREANG", 1, 1), made.stores.database.run
    run(lambda use: put_facility(use, SOREANG))
    run(lambda use: open_slots(use, offer, [MORNING, NOON]))
    yield made
    await made.client.aclose()


@pytest.fixture
async def token(app):
    """The token of a verified registration whose phone is proven."""
    told = (await app.post()).json()
    await app.prove(told)
    app.stores.run(VERIFY)
    return told["token"]


async def test_a_seat_is_found_booked_changed_and_cancelled(app, token):
    asked = (await app.get(token, HERE)).json()
    assert (asked["appointment"], asked["next_dose"]) == (None, 1)
    assert asked["questions"]
    places = (await app.get(token, f"{HERE}/facilities?near=-6.9,107.6")).json()["items"]
    assert [one["code"] for one in places] == ["SOREANG"]
    days = (await app.get(token, f"{HERE}/facilities/SOREANG/dates")).json()["items"]
    assert days == ["2021-01-20"]
    times = (await app.get(token, f"{HERE}/facilities/SOREANG/times?day={days[0]}")).json()
    assert len(times["items"]) == 2

    first, second = times["items"]
    booked = await app.say(token, HERE, {"facility": "SOREANG", "start": first, "answers": []})
    assert booked.status_code == 201, booked.text
    assert booked.json()["appointment"]["start"] == first
    assert (await app.get(token, HERE)).json()["appointment"]["status"] == "booked"
    changed = await app.say(token, HERE, {"facility": "SOREANG", "start": second}, key=key(2))
    assert (changed.status_code, changed.json()["changed"]) == (201, True), changed.text
    ended = await app.say(token, f"{HERE}/cancellation")
    assert ended.json()["appointment"]["status"] == "cancelled"
    none = await app.say(token, f"{HERE}/cancellation", key=key(3))
    assert none.status_code == 409


async def test_the_same_booking_again_is_one(app, token):
    answers = [await app.say(token, HERE, seat()) for _ in range(3)]
    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert len(app.stores.rows("appointments")) == 1


async def test_the_same_key_with_another_seat_is_refused(app, token):
    assert (await app.say(token, HERE, seat())).status_code == 201
    assert (await app.say(token, HERE, seat(NOON))).status_code == 422
    assert len(app.stores.rows("appointments")) == 1


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("GET", "/facilities"),
        ("GET", "/facilities/SOREANG/dates"),
        ("GET", "/facilities/SOREANG/times?day=2021-01-20"),
        ("POST", ""),
        ("POST", "/cancellation"),
    ],
)
async def test_nothing_is_shown_or_booked_before_the_phone_is_proven(method, rest, app):
    told = (await app.post()).json()
    app.stores.run(VERIFY)
    path = f"{HERE}{rest}"
    call = (
        app.get(told["token"], path) if method == "GET" else app.say(told["token"], path, seat())
    )
    answer = await call
    assert answer.status_code == 403
    assert set(answer.json()) == {"type", "title", "status", "detail"}
    assert app.stores.rows("appointments") == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"facility": "SOREANG"}, 422),
        (seat() | {"start": "soon"}, 422),
        (seat() | {"start": "2021-01-20T08:00:00"}, 422),
        (seat() | {"start": wib(20, 9).isoformat()}, 409),
        (seat() | {"facility": "NOWHERE"}, 409),
        (seat() | {"answers": ["unheard_of"]}, 422),
        (seat() | {"answers": "none"}, 422),
        (seat() | {"more": 1}, 422),
        (seat() | {"facility": "x" * 65}, 422),
        (seat() | {"facility": "\0"}, 422),
    ],
)
async def test_a_booking_that_cannot_be_is_a_problem(body, status, app, token):
    answer = await app.say(token, HERE, body)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    assert app.stores.rows("appointments") == []


async def test_a_seat_is_not_booked_before_the_questions_are_answered(app, token):
    body = {name: value for name, value in seat().items() if name != "answers"}
    unasked = await app.say(token, HERE, body)
    assert (unasked.status_code, bool(unasked.json()["questions"])) == (409, True)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("near=-6.9,107.6", 200),
        ("near=-90,180", 200),
        ("near=-90.1,0", 422),
        ("near=0,180.1", 422),
        ("near=nan,nan", 422),
        ("near=1", 422),
        ("near=1,2,3", 422),
        ("near=", 422),
        ("name=" + "s" * NAME_CHARACTERS_MAX, 200),
        ("name=" + "s" * (NAME_CHARACTERS_MAX + 1), 422),
        ("name=%00", 422),
    ],
)
async def test_a_search_has_its_bounds(query, status, app, token):
    assert (await app.get(token, f"{HERE}/facilities?{query}")).status_code == status


@pytest.mark.parametrize("day", ["", "soon", "2021-02-30", "2021-01-20T08:00"])
async def test_times_are_those_of_a_day(day, app, token):
    answer = await app.get(token, f"{HERE}/facilities/SOREANG/times?day={day}")
    assert answer.status_code == 422


async def test_another_phones_registration_is_not_reached(app, token):
    """A token proven by its phone reaches its own registration, not the phone's others."""
    other = (await app.post(key=key(9))).json()
    assert (await app.get(other["token"], HERE)).status_code == 403


@pytest.mark.parametrize(
    "start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2021-01-20T08:00:00"]
)
async def test_a_time_that_no_calendar_has_is_refused(start, app, token):
    wish = {"facility": "SOREANG", "start": start, "answers": []}
    assert (await app.say(token, HERE, wish)).status_code == 422


async def test_no_code_that_cannot_be_written_reaches_the_database(app, token):
    there = f"{HERE}/facilities/SORE%00ANG"
    for rest in (f"{there}/dates", f"{there}/times?day=2021-01-20"):
        assert (await app.get(token, rest)).status_code == 404
