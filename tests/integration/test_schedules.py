"""What the operator sees of facilities, slots and appointments, on both databases."""

from functools import partial

import pytest

from core.appointments.schedule import put_facility
from core.database.statements import Statement
from core.operators.appointments import has_openings
from core.operators.queries import Queries
from tests.fixtures.clinics import (
    BANDUNG,
    JAYAPURA,
    SOREANG,
    START,
    SqlClinics,
    book,
    cancel,
    wib,
)
from tests.fixtures.desk import make_client, make_routes


@pytest.fixture
async def clinics(database_url):
    opened = SqlClinics(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def client(clinics):
    async with make_client(make_routes(clinics.database)[0]) as opened:
        yield opened


async def appointment(clinics, number):
    record = await Queries(clinics.database).get(number)
    shown = record.appointment
    return None if shown is None else shown.model_dump(mode="json")


async def test_a_demo_facility_that_the_operator_brings_is_one_of_theirs(clinics):
    await clinics.open(SOREANG, wib(22, 8))
    demo = Statement("UPDATE facilities SET demo = 1")
    await clinics.database.write(lambda connection: connection.run(demo))
    put = partial(put_facility, facility=SOREANG)
    assert [await clinics.database.write(put) for _ in range(2)] == [True, False]
    ours, _ = await clinics.database.read(partial(has_openings, campaign="c", now=START))
    assert ours


async def test_facilities_are_shown_with_their_places(clinics, client):
    assert (await client.get("/api/v1/facilities")).json() == {"items": []}
    for facility in (SOREANG, BANDUNG):
        await clinics.open(facility, wib(22, 8))
    first, second = (await client.get("/api/v1/facilities")).json()["items"]
    assert (first["code"], second["code"]) == ("BANDUNG", "SOREANG")
    assert second == {
        "code": "SOREANG",
        "name": SOREANG.name,
        "regency_code": "3204",
        "address": SOREANG.address,
        "latitude": -7.0331,
        "longitude": 107.5183,
    }


async def test_slots_are_shown_in_the_hours_of_the_place(clinics, client):
    number = await clinics.register(1)
    late = await clinics.open(JAYAPURA, wib(22, 8), capacity=3)
    await clinics.open(JAYAPURA, wib(22, 6), dose=2)
    await clinics.store.book(book(number, late))

    found = (await client.get("/api/v1/facilities/JAYAPURA/slots")).json()
    assert found["items"] == [
        {"start": "2021-01-22T08:00:00+09:00", "capacity": 1, "booked": 0, "dose": 2},
        {"start": "2021-01-22T10:00:00+09:00", "capacity": 3, "booked": 1, "dose": 1},
    ]


async def test_a_facility_that_is_not_there_is_a_problem(client):
    missing = await client.get("/api/v1/facilities/NOWHERE/slots")
    assert (missing.status_code, missing.json()["status"]) == (404, 404)
    assert "NOWHERE" not in missing.text


@pytest.mark.parametrize("path", ["facilities", "facilities/SOREANG/slots"])
async def test_who_shows_no_token_sees_nothing(client, path):
    shown = await client.get(f"/api/v1/{path}", headers={"Authorization": "Bearer no"})
    assert shown.status_code == 401


async def test_a_record_shows_its_appointment(clinics):
    number = await clinics.register(1)
    slot, other = [await clinics.open(SOREANG, wib(22, hour)) for hour in (8, 10)]
    assert await appointment(clinics, number) is None

    await clinics.store.book(book(number, slot))
    booked = {
        "facility_code": "SOREANG",
        "facility_name": SOREANG.name,
        "start": "2021-01-22T08:00:00+07:00",
        "dose": 1,
        "status": "booked",
    }
    assert await appointment(clinics, number) == booked
    await clinics.store.book(book(number, other, "b2", changes=True))
    changed = {**booked, "start": "2021-01-22T10:00:00+07:00"}
    assert await appointment(clinics, number) == changed
    await clinics.store.cancel(cancel(number))
    assert await appointment(clinics, number) == {**changed, "status": "cancelled"}
    await clinics.store.book(book(number, slot, "b3"))
    assert await appointment(clinics, number) == booked


async def test_every_change_of_an_appointment_is_one_of_the_record(clinics):
    number = await clinics.register(1)
    slot = await clinics.open(SOREANG, wib(22, 8))
    versions = [await clinics.version(number)]
    for change in (
        clinics.store.book(book(number, slot)),
        clinics.store.book(book(number, slot, "b2", changes=True)),
        clinics.store.cancel(cancel(number)),
    ):
        await change
        versions.append(await clinics.version(number))
    assert versions == [1, 2, 3, 4]
