"""Where seats are left, on SQLite and on PostgreSQL."""

from datetime import timedelta
from functools import partial

import pytest

from core.appointments.open_places import count_open_places
from core.database.statements import Statement
from gateway.operators.gauges import measure_places
from gateway.runtime.metrics import Metrics
from tests.fixtures.clinics import BANDUNG, CAMPAIGN, JAYAPURA, SOREANG, START, SqlClinics, book

HOUR = timedelta(hours=1)
COPY = Statement("""
    INSERT INTO facilities (code, name, regency_code, address)
    VALUES ('OTHER', 'Other', '3204', '')
""")


@pytest.fixture
async def clinics(database_url):
    made = SqlClinics(database_url)
    yield made
    await made.database.close()


async def counted(clinics, at=START):
    count = partial(count_open_places, campaign=CAMPAIGN, now=at)
    return await clinics.database.read(count)


async def test_a_place_counts_while_it_has_a_seat_ahead(clinics):
    slot = await clinics.open(SOREANG, START + HOUR)
    await clinics.open(BANDUNG, START + HOUR, capacity=0)
    await clinics.open(JAYAPURA, START + HOUR, dose=2)
    await clinics.open(JAYAPURA, START + HOUR, campaign="another")
    await clinics.database.write(lambda connection: connection.run(COPY))
    assert await counted(clinics) == {"3204": 1, "3273": 0}
    number = await clinics.register(1)
    await clinics.store.book(book(number, slot))
    assert await counted(clinics) == {"3204": 0, "3273": 0}


async def test_a_time_that_is_over_is_no_seat(clinics):
    await clinics.open(SOREANG, START + HOUR)
    assert await counted(clinics, START + HOUR) == {"3204": 0}


async def test_the_last_seat_of_a_regency_is_seen_to_go(clinics):
    metrics = Metrics()

    async def shown(at):
        await measure_places(clinics.database, metrics, CAMPAIGN, now=at)
        return metrics.registry.get_sample_value("satupintu_open_places", {"regency": "3204"})

    await clinics.open(SOREANG, START + HOUR)
    assert [await shown(START), await shown(START + HOUR)] == [1, 0]
