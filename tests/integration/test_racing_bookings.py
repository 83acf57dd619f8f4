"""Two gateways' worth of people want the same seats at once: seats stay exact."""

import asyncio
import random
from dataclasses import replace

import psycopg
import pytest

from core.appointments.requests import Booked, NotBookable, Taken
from core.appointments.rules import VERIFIED
from core.database.database import Database, open_database
from core.database.drivers import driver_for
from core.database.unavailable import UnavailableError
from tests.fixtures.clinics import (
    BANDUNG,
    SOREANG,
    SqlClinics,
    book,
    cancel,
    person_intent,
    phone,
    wib,
)
from tests.fixtures.postgres import done_or_blocked

PEOPLE, SEATS = 200, 50
MORNING, NOON = wib(22, 8), wib(22, 13)


@pytest.fixture
async def clinics(database_url):
    opened = SqlClinics(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def stores(clinics):
    """Return the stores of two processes."""
    second = open_database(clinics.url)
    yield [clinics.store, clinics.another(second)]
    await second.close()


def booked(clinics):
    """Return how many seats each slot says are taken, and how many appointments say so."""
    return clinics.run("""
        SELECT slots.booked, count(appointments.id) FILTER (WHERE appointments.status = 'booked')
        FROM slots
        LEFT JOIN appointments ON appointments.slot_id = slots.id
        GROUP BY slots.id
    """)


async def people(clinics, count):
    found = await asyncio.gather(*(clinics.record(person_intent(n)) for n in range(count)))
    clinics.run("UPDATE records SET status = :status", status=VERIFIED)
    return [outcome.number for outcome in found]


async def test_exactly_as_many_as_there_are_seats_get_one(clinics, stores):
    slot = await clinics.open(SOREANG, MORNING, capacity=SEATS)
    await clinics.open(BANDUNG, NOON, capacity=PEOPLE)
    numbers = await people(clinics, PEOPLE)
    results = await asyncio.gather(
        *(
            stores[n % 2].book(book(number, slot, f"b{n}", address=phone(n)))
            for n, number in enumerate(numbers)
        )
    )

    assert [type(result) for result in results].count(Booked) == SEATS
    assert all(result.others for result in results if isinstance(result, Taken))
    assert await clinics.seats(slot) == (SEATS, SEATS)
    assert all(seats == live for seats, live in booked(clinics))
    tickets = "SELECT count(*) FROM outbox WHERE key LIKE 'b%/ticket'"
    assert clinics.run(tickets) == [(SEATS,)]


async def test_everybody_twice_through_two_gateways_is_everybody_once(clinics, stores):
    slot = await clinics.open(SOREANG, MORNING, capacity=SEATS)
    numbers = await people(clinics, SEATS)
    both = await asyncio.gather(
        *(
            asyncio.gather(*(store.book(book(number, slot, f"b{n}")) for store in stores))
            for n, number in enumerate(numbers)
        )
    )
    assert all(one == other and isinstance(one, Booked) for one, other in both)
    assert await clinics.seats(slot) == (SEATS, SEATS)


async def test_many_bookings_of_one_person_make_one_appointment(clinics, stores):
    wanted = [await clinics.open(SOREANG, wib(22, 6 + n), capacity=5) for n in range(10)]
    number = await clinics.register(1)
    results = await asyncio.gather(
        *(stores[n % 2].book(book(number, slot, f"b{n}")) for n, slot in enumerate(wanted))
    )
    refused = NotBookable(why="other_appointment")
    assert sorted(map(type, results), key=str) == sorted([Booked] + [NotBookable] * 9, key=str)
    assert results.count(refused) == 9
    assert await clinics.live() == 1
    assert all(seats == live for seats, live in booked(clinics))


async def test_changes_cancellations_and_bookings_at_once_lose_no_seat(clinics, stores):
    """People swap between three slots that are nearly full, some give up, new ones come."""
    chance = random.Random(5)
    wanted = [await clinics.open(SOREANG, wib(22, 8 + n), capacity=14) for n in range(3)]
    numbers = await people(clinics, 60)
    await asyncio.gather(
        *(stores[n % 2].book(book(one, wanted[n % 3], f"a{n}")) for n, one in enumerate(numbers))
    )
    wishes = []
    for step in range(200):
        n = chance.randrange(60)
        if chance.random() < 0.2:
            wishes.append(stores[step % 2].cancel(cancel(numbers[n], f"c{step}")))
        else:
            request = book(numbers[n], chance.choice(wanted), f"b{step}", changes=True)
            wishes.append(stores[step % 2].book(request))
    await asyncio.gather(*wishes)

    found = booked(clinics)
    assert len(found) == 3
    assert all(seats == live <= 14 for seats, live in found)
    assert sum(live for _, live in found) == await clinics.live() > 0


async def test_a_change_waits_for_the_lower_slot_before_it_takes_the_higher(pg_emptied):
    """Two who change places would otherwise each take one slot, and wait for the other's."""
    clinics = SqlClinics(pg_emptied)
    low, high = [await clinics.open(SOREANG, at, capacity=5) for at in (MORNING, NOON)]
    number = await clinics.register(1)
    await clinics.store.book(book(number, low))
    lock = "SELECT id FROM slots WHERE id = %s FOR UPDATE NOWAIT"
    with psycopg.connect(pg_emptied) as other:
        other.execute(lock, [low])
        change = asyncio.ensure_future(clinics.store.book(book(number, high, "b2", changes=True)))
        await done_or_blocked(pg_emptied, change)
        other.execute(lock, [high])
        other.rollback()
        assert (await change).changed
    await clinics.close()


async def test_a_crash_at_the_commit_keeps_all_or_nothing(clinics):
    """The commit is cut off; the same wish again, from a sound gateway, ends as if nothing was."""
    old = await clinics.open(SOREANG, MORNING)
    new = await clinics.open(SOREANG, NOON)
    number = await clinics.register(1)
    await clinics.store.book(book(number, old))
    request = book(number, new, "b2", changes=True)
    database = Database(_cut_off_at_commit(driver_for(clinics.url)))
    with pytest.raises(UnavailableError):
        await clinics.another(database).book(request)
    await database.close()

    assert (await clinics.seats(old), await clinics.seats(new)) == ((1, 1), (0, 1))
    assert clinics.run("SELECT key FROM outbox WHERE key LIKE 'b2%'") == []
    again = await clinics.store.book(request)
    assert again.changed
    assert (await clinics.seats(old), await clinics.seats(new)) == ((0, 1), (1, 1))


def _cut_off_at_commit(driver):
    """Return the driver with a network that fails at every COMMIT."""

    class Cursor:
        def __init__(self, cursor):
            self._cursor = cursor

        def execute(self, sql, *values):
            if sql == "COMMIT":
                raise driver.transient[0]("cut off")
            return self._cursor.execute(sql, *values)

        def __getattr__(self, name):
            return getattr(self._cursor, name)

    class Raw:
        def __init__(self):
            self._raw = driver.connect()

        def cursor(self):
            return Cursor(self._raw.cursor())

        def close(self):
            self._raw.close()

    return replace(driver, connect=Raw)


async def test_the_database_itself_keeps_the_rules(clinics):
    """Whoever forgets to ask is stopped: no seat too many, no second live appointment."""
    slot, number = await clinics.open(SOREANG, MORNING, capacity=1), await clinics.register(1)
    await clinics.store.book(book(number, slot))
    error = driver_for(clinics.url).errors
    with pytest.raises(error):
        clinics.run("UPDATE slots SET booked = 2")
    with pytest.raises(error):
        clinics.run("UPDATE slots SET booked = -1")
    copied = "record_id, slot_id, dose, status, code, sequence, created_at, updated_at"
    with pytest.raises(error):
        clinics.run(
            f"""
            INSERT INTO appointments ({copied}, booked_by)
            SELECT {copied}, code
            FROM appointments
            """  # noqa: S608 our own names
        )
