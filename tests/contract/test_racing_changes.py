"""A change of a record in the same moment as another transaction about it, on PostgreSQL."""

import asyncio
from contextlib import asynccontextmanager

import psycopg
import pytest

from core.appointments.booking import book as take_seat
from core.campaign import Doses, Limits
from core.cases.changes import Changed, Refused
from core.cases.changes.correct import correct
from core.cases.changes.links import link, move_phone
from core.cases.changes.nik import move_nik
from core.cases.changes.withdraw import withdraw
from core.database.drivers import driver_for
from core.database.statements import Statement
from core.fields.nik_slips import meeting_keys
from core.messages import Channel
from core.registration.store import record
from core.registration.terms import Terms
from tests.fixtures.changes import Desk, actor
from tests.fixtures.clinics import CAMPAIGN, SOREANG, book, nik, person_intent, phone, wib
from tests.fixtures.postgres import done_or_blocked

TERMS = Terms(Limits(), Doses())
NUMBER = "7K3M-9QXC"
_LOCK = Statement("SELECT pg_advisory_xact_lock(:key)")


@pytest.fixture
async def desk(pg_emptied):
    opened = Desk(pg_emptied)
    yield opened
    await opened.close()


@asynccontextmanager
async def meanwhile(dsn, operation):
    """Run an operation that commits once what is met waits for it, or is done."""
    with psycopg.connect(dsn) as raw:
        operation(driver_for(dsn).connection(raw.cursor(), "postgresql"))

        async def meet(change):
            task = asyncio.ensure_future(change)
            await done_or_blocked(dsn, task)
            raw.commit()
            return await task

        yield meet


def registering(n):
    """Return what registers person `n`."""
    given = person_intent(n)

    def run(connection):
        for key in sorted(meeting_keys(given.campaign, given.nik, given.phone)):
            connection.all(_LOCK, key=key)
        record(connection, intent=given, terms=TERMS, number=NUMBER)

    return run


async def test_a_nik_that_is_registered_just_now_is_not_taken(desk):
    number = await desk.register(1)
    async with meanwhile(desk.url, registering(2)) as meet:
        keys = meeting_keys(CAMPAIGN, nik(2), None)
        met = await meet(desk.change(move_nik, number, nik(2), keys=keys))
    assert met == Refused(why="nik_taken", number=NUMBER)


async def test_even_without_common_keys_one_nik_has_one_current_record(desk):
    number = await desk.register(1)
    async with meanwhile(desk.url, registering(2)) as meet:
        met = await meet(desk.change(move_nik, number, nik(2)))
    assert met == Refused(why="nik_taken", number=NUMBER)


async def test_a_seat_that_is_taken_just_now_is_given_back(desk):
    number, slot = await desk.register(1), await desk.open(SOREANG, wib(27, 13))

    def booking(connection):
        take_seat(connection, book(number, slot), terms=TERMS, code="CODE")

    async with meanwhile(desk.url, booking) as meet:
        await meet(desk.change(withdraw, number))
    assert (await desk.seats(slot), await desk.live()) == ((0, 1), 0)
    assert {row[0] for key, row in (await desk.queued()).items() if "b1" in key} == {"withdrawn"}


@pytest.mark.parametrize(
    ("operation", "values"),
    [
        (correct, [{"full_name": "SITI AMINAH"}]),
        (move_nik, [nik(5)]),
        (link, [phone(7), Channel.SMS]),
        (move_phone, [phone(7).value]),
        (withdraw, []),
    ],
)
async def test_a_change_that_comes_twice_at_once_is_made_once(desk, operation, values):
    number = await desk.register(1)
    record_id = await desk.id_of(number)
    first = []

    def run(connection):
        first.append(operation(connection, record_id, *values, actor()))

    async with meanwhile(desk.url, run) as meet:
        second = await meet(desk.change(operation, number, *values))
    assert isinstance(second, Changed)
    assert first == [second]
    assert len({*desk.history()}) == len(desk.history())
