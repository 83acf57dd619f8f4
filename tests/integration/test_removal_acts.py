"""A facility or slot goes while nobody was booked there, and not after."""

from functools import partial

import pytest

from core.appointments.schedule import put_facility
from core.database.statements import Statement
from core.operators.operators import add_operator
from core.operators.roles import Role
from tests.fixtures import clinics as made
from tests.fixtures.clinics import BANDUNG, SOREANG, SqlClinics, book, cancel
from tests.fixtures.console import make_console
from tests.fixtures.desk import make_client, make_routes
from tests.scripts import CAMPAIGN, START

HERE = f"/api/v1/facilities/{SOREANG.code}"
WHY = {"reason": "opened by mistake"}
LEFT = Statement("SELECT (SELECT count(*) FROM facilities), (SELECT count(*) FROM slots)")


async def post(client, path, **body):
    return await client.post(path, json={**WHY, **body})


async def open_slots(client, day="2021-01-22"):
    body = {"date": day, "times": ["08:00", "09:00"], "capacity": 5}
    assert (await post(client, f"{HERE}/slots", **body)).status_code == 200


@pytest.fixture
async def client(database):
    for facility in (SOREANG, BANDUNG):
        await database.write(partial(put_facility, facility=facility))
    routes, _ = make_routes(database)
    async with make_client(routes) as client:
        await open_slots(client)
        yield client


async def slots(client):
    return (await client.get(f"{HERE}/slots")).json()["items"]


async def left(database):
    ((facilities, found),) = await database.read(lambda connection: connection.all(LEFT))
    return facilities, found


async def test_an_empty_slot_is_removed_alone(client, database):
    slot = (await slots(client))[0]
    body = {"start": slot["start"], "dose": slot["dose"]}
    assert (await post(client, f"{HERE}/slots/removal", **body)).json() == {"removed": 1}
    assert await left(database) == (2, 1)
    assert (await post(client, f"{HERE}/slots/removal", **body)).status_code == 404


@pytest.mark.parametrize("start", ["2021-01-22T08:00", "tomorrow", "0001-01-01T00:00+23:59"])
async def test_a_start_needs_its_zone(start, client):
    reply = await post(client, f"{HERE}/slots/removal", start=start, dose=1)
    assert reply.status_code == 422


async def test_a_facility_without_a_booking_goes_with_its_slots(client, database):
    assert (await post(client, f"{HERE}/removal")).json() == {"removed": 1}
    assert await left(database) == (1, 0)
    assert (await post(client, f"{HERE}/removal")).status_code == 404


async def test_where_an_operator_works_the_facility_stays(client, database):
    add = partial(add_operator, name="Rina", role=Role.FACILITY, facility_code=SOREANG.code)
    await database.write(partial(add, at=START))
    assert (await post(client, f"{HERE}/removal")).status_code == 409
    assert await left(database) == (2, 2)


async def test_the_page_of_a_place_has_the_buttons(client, database):
    async with make_console(database) as browser:
        page = (await browser.get(f"/console/places/{SOREANG.code}")).text
    assert page.count("/console/ask/remove_slot") == 2
    assert "/console/ask/remove_facility" in page


@pytest.fixture
async def clinics(database_url, monkeypatch):
    monkeypatch.setattr(made, "CAMPAIGN", CAMPAIGN.id)
    opened = SqlClinics(database_url)
    yield opened
    await opened.close()


async def test_where_anybody_was_ever_booked_both_stay(clinics):
    number = await clinics.register(1)
    slot = await clinics.open(SOREANG, made.wib(22, 8), capacity=9, campaign=CAMPAIGN.id)
    await clinics.store.book(book(number, slot))
    routes, _ = make_routes(clinics.database)
    async with make_client(routes) as client:
        for _ in range(2):
            slot_gone = await post(
                client, f"{HERE}/slots/removal", start="2021-01-22T08:00+07:00", dose=1
            )
            assert slot_gone.status_code == 409
            assert (await post(client, f"{HERE}/removal")).status_code == 409
            await clinics.store.cancel(cancel(number))
