"""A facility closes a day, on both databases: seats, messages, moves, and who is to be called."""

import asyncio
from datetime import date, timedelta
from functools import partial
from itertools import count

import pytest

from core.appointments.call_list import note_called, read_calls
from core.appointments.closing_plan import plan_closing
from core.appointments.closures import (
    ANSWER_SECONDS,
    Closing,
    close_day,
    finish_closure,
    reopen_day,
    unfinished_closure,
)
from core.appointments.day import DayOf, read_day
from core.appointments.displacing import MOVE_DAYS_MAX, displace_next
from core.appointments.requests import Booked, FindDates, Taken
from core.appointments.schedule import Offer, open_slots
from core.database.database import open_database
from core.fields.timezones import moment
from core.messages import Address, AddressKind, Channel
from core.outbox.sms_bounds import HOME
from tests.contract.test_appointment_stores import standing
from tests.fixtures.clinics import (
    AT,
    BANDUNG,
    CAMPAIGN,
    SOREANG,
    SqlClinics,
    book,
    cancel,
    person_intent,
    phone,
    wib,
)
from tests.fixtures.counted import counted

MORNING, NOON, SATURDAY = wib(22, 8), wib(22, 13), wib(23, 9)
FRIDAY = DayOf(CAMPAIGN, SOREANG, date(2021, 1, 22))
MAIL = Address(AddressKind.EMAIL, "siti@klinik.example")
NOW = moment(AT)
LATE = NOW + timedelta(seconds=ANSWER_SECONDS)


@pytest.fixture
async def clinics(database_url):
    opened = SqlClinics(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def number(clinics):
    """Return the number of a person who is booked on Friday at eight."""
    number = await clinics.register(1)
    await clinics.store.book(book(number, await clinics.open(SOREANG, MORNING, capacity=9)))
    return number


async def close(clinics, offer="choose", *, key="close", at=NOW, database=None):
    database = database or clinics.database
    closing = Closing(FRIDAY, offer, "ani", key, at)
    return await database.write(partial(close_day, closing=closing), alone=True)


async def displace(clinics, closure, *, at=NOW):
    codes = count(1)
    here = {"closure": closure, "at": at, "countries": HOME}
    while await clinics.database.write(
        partial(displace_next, **here, code=f"{next(codes):08d}"), alone=True
    ):
        pass


async def close_for(clinics, offer="choose", **options):
    closure = await close(clinics, offer, **options)
    await displace(clinics, closure)
    return closure


async def calls(clinics, at=NOW, facility=SOREANG):
    return await clinics.database.read(
        lambda connection: read_calls(connection, CAMPAIGN, facility, at)
    )


def told(clinics):
    """Return the messages of the closing: key, prompt, and whether the night is kept."""
    rows = clinics.run("SELECT key, reply, quiet, status FROM outbox WHERE key LIKE 'close%'")
    return {key: (reply.split('"')[1], quiet, status) for key, reply, quiet, status in rows}


def statuses(clinics):
    return [row[0] for row in clinics.run("SELECT status FROM appointments ORDER BY id")]


# Seats.


async def test_the_seats_are_locked_at_once(clinics, number):
    free, late = await clinics.open(SOREANG, NOON, capacity=5), await clinics.register(2)
    taken, other = (
        await clinics.open(SOREANG, MORNING, capacity=9),
        await clinics.open(SOREANG, SATURDAY),
    )
    await close(clinics)
    assert (await clinics.seats(free), await clinics.seats(taken)) == ((0, 0), (1, 1))
    assert await clinics.seats(other) == (0, 1)
    for slot in (free, taken):
        assert isinstance(await clinics.store.book(book(late, slot, f"late{slot}")), Taken)
    found = await clinics.store.find_dates(FindDates(SOREANG.code, CAMPAIGN, 1, "", AT))
    assert found.dates == (date(2021, 1, 23),)


async def test_a_preview_takes_a_few_statements_however_many_come(clinics):
    slot = await clinics.open(SOREANG, MORNING, capacity=9)
    for n in range(1, 6):
        await clinics.store.book(book(await clinics.register(n), slot, key=f"b{n}"))

    def read(use):
        counting = counted(use)
        return plan_closing(counting, FRIDAY, "next_free", NOW), counting.count

    plans, statements = await clinics.database.read(read)
    assert [one.contact.address for one in plans] == [phone(n) for n in range(1, 6)]
    assert statements == len(("booked", "free", "records"))


async def test_a_seat_given_back_on_a_closed_day_is_nobodys(clinics, number):
    await close(clinics)
    await clinics.store.cancel(cancel(number))
    [(booked, capacity)] = clinics.run("SELECT booked, capacity FROM slots")
    assert (booked, capacity) == (0, 0)


async def test_what_has_begun_stays(clinics, number):
    later = await clinics.open(SOREANG, NOON)
    closure = await close(clinics, at=MORNING)
    await displace(clinics, closure, at=MORNING)
    assert statuses(clinics) == ["booked"]
    assert await clinics.seats(later) == (0, 0)


async def test_a_day_that_is_over_is_not_closed(clinics, number):
    assert (await close(clinics, at=wib(22, 24))).why == "past"
    assert (await close(clinics, at=wib(22, 23, 59))).offer == "choose"


async def test_a_day_is_closed_once_and_the_same_call_finds_it(clinics, number):
    closure = await close(clinics)
    assert await close(clinics) == closure
    assert (await close(clinics, key="other")).why == "closed"


async def test_slots_of_a_closed_day_stay_closed_till_it_is_reopened(clinics, number):
    closure = await close_for(clinics)
    offer = Offer(CAMPAIGN, SOREANG.code, 1, 7)
    starts = [MORNING, NOON, SATURDAY]

    async def opened():
        return await clinics.database.write(partial(open_slots, offer=offer, starts=starts))

    assert await opened() == (1, 0, 0, 2)
    assert (await clinics.database.read(partial(read_day, day=FRIDAY))).closed
    reopen = partial(reopen_day, day=FRIDAY, at=NOW)
    assert await clinics.database.write(reopen, alone=True)
    assert not await clinics.database.write(reopen, alone=True)
    assert not (await clinics.database.read(partial(read_day, day=FRIDAY))).closed
    assert await opened() == (1, 2, 0, 0)
    assert (await close(clinics, key="again")).id != closure.id


@pytest.mark.parametrize("round_", range(4))
async def test_closing_while_people_book_leaves_nobody_behind(clinics, round_):
    """Whoever got a seat is told that it is off; whoever came later got none."""
    slots = [await clinics.open(SOREANG, wib(22, 8 + n), capacity=20) for n in range(3)]
    found = await asyncio.gather(*(clinics.record(person_intent(n)) for n in range(40)))
    clinics.run("UPDATE records SET status = 'verified'")
    second = open_database(clinics.url)
    stores = clinics.store, clinics.another(second)

    bookings = [
        stores[n % 2].book(book(one.number, slots[n % 3], f"b{n}", address=phone(n)))
        for n, one in enumerate(found)
    ]
    at = 5 * (round_ + 1)
    async with asyncio.TaskGroup() as group:
        early = [group.create_task(one) for one in bookings[:at]]
        closed = group.create_task(close(clinics, database=second))
        late = [group.create_task(one) for one in bookings[at:]]
    await second.close()
    results, closure = [one.result() for one in (*early, *late)], closed.result()
    booked = sum(isinstance(one, Booked) for one in results)
    await displace(clinics, closure)

    assert statuses(clinics) == ["cancelled_by_site"] * booked
    assert {tuple(row) for row in clinics.run("SELECT booked, capacity FROM slots")} == {(0, 0)}
    assert len(told(clinics)) == booked
    left = clinics.run("SELECT key FROM outbox WHERE key LIKE '%reminder%' AND status = 'queued'")
    assert left == []


# What becomes of people.


async def test_to_choose_ends_the_appointment_and_its_reminders_and_tells_the_person(
    clinics, number
):
    await close_for(clinics)
    assert statuses(clinics) == ["cancelled_by_site"]
    queued = await clinics.queued()
    assert queued["b1/reminder/day"][0] == "withdrawn"
    [(key, (prompt, quiet, status))] = told(clinics).items()
    assert (prompt, quiet, status) == ("site_choose", "WIB", "queued")
    assert queued[key][1:3] == ("sms", phone(1).value)
    assert (await standing(clinics)).appointment is None
    saturday = await clinics.open(SOREANG, SATURDAY)
    assert isinstance(await clinics.store.book(book(number, saturday, "b2")), Booked)


async def test_to_cancel_says_so(clinics, number):
    await close_for(clinics, "cancel")
    assert [one[0] for one in told(clinics).values()] == ["site_cancelled"]


async def test_to_move_takes_the_next_free_seat_and_tells_the_new_time(clinics, number):
    full, free = await clinics.open(SOREANG, SATURDAY, capacity=1), wib(23, 10)
    other = await clinics.register(2)
    await clinics.store.book(book(other, full, "b2", address=phone(2)))
    earlier = await clinics.open(SOREANG, wib(21, 15))
    slot = await clinics.open(SOREANG, free)
    await clinics.open(BANDUNG, SATURDAY)
    await close_for(clinics, "next_free")

    assert statuses(clinics) == ["moved_by_site", "booked", "booked"]
    appointment = (await standing(clinics)).appointment
    assert (appointment.start, appointment.place.code) == (free, SOREANG.code)
    assert (await clinics.seats(slot), await clinics.seats(earlier)) == ((1, 1), (0, 1))
    said = told(clinics)
    assert sorted(one[0] for one in said.values()) == [
        "reminder_day",
        "reminder_morning",
        "site_moved",
    ]
    [(ticket,)] = clinics.run("SELECT ticket FROM outbox WHERE reply LIKE '%site_moved%'")
    assert '"kind":"changed"' in ticket
    assert '"sequence":1' in ticket


async def test_who_finds_no_seat_chooses(clinics, number):
    await clinics.open(SOREANG, wib(22, 24) + timedelta(days=MOVE_DAYS_MAX))
    await clinics.open(SOREANG, SATURDAY, dose=2)
    await close_for(clinics, "next_free")
    assert [one[0] for one in told(clinics).values()] == ["site_choose"]


async def test_everybody_is_moved_once_however_often_it_is_run(clinics, number):
    await clinics.open(SOREANG, SATURDAY, capacity=9)
    closure = await close_for(clinics, "next_free")
    await displace(clinics, closure)
    assert statuses(clinics) == ["moved_by_site", "booked"]
    assert [one.id for one in [await clinics.database.read(unfinished_closure)]] == [closure.id]
    await clinics.database.write(partial(finish_closure, closure_id=closure.id, at=NOW))
    assert await clinics.database.read(unfinished_closure) is None


async def test_whoever_would_leave_home_before_the_morning_is_told_at_night(clinics, number):
    night = wib(21, 22)
    closure = await close(clinics, at=night)
    await displace(clinics, closure, at=night)
    assert [one[1] for one in told(clinics).values()] == [""]


async def test_a_person_without_a_phone_is_told_by_letter(clinics):
    number = await clinics.register(1, address=MAIL, channel=Channel.EMAIL, phone=None)
    slot = await clinics.open(SOREANG, MORNING)
    by_mail = {"address": MAIL, "channel": Channel.EMAIL}
    await clinics.store.book(book(number, slot, **by_mail))
    await close_for(clinics)
    [key] = told(clinics)
    assert (await clinics.queued())[key][:3] == ("queued", "email", MAIL.value)


# Whom to call.


async def test_who_has_not_chosen_after_a_day_is_to_be_called(clinics, number):
    await close_for(clinics)
    assert not await calls(clinics, LATE - timedelta(seconds=1))
    [one] = await calls(clinics, LATE)
    assert (one.number, one.phone, one.start, one.moved) == (
        number,
        phone(1).value,
        MORNING,
        False,
    )
    assert one.full_name not in repr(one)
    assert not await calls(clinics, LATE, BANDUNG)


async def test_who_has_chosen_is_not_called(clinics, number):
    saturday = await clinics.open(SOREANG, SATURDAY)
    await close_for(clinics)
    await clinics.store.book(book(number, saturday, "b2"))
    assert not await calls(clinics, LATE)


async def test_who_was_told_that_it_is_cancelled_is_not_called(clinics, number):
    await close_for(clinics, "cancel")
    assert not await calls(clinics, LATE)


@pytest.mark.parametrize("offer", ["choose", "cancel", "next_free"])
async def test_whom_no_message_reaches_is_to_be_called_at_once(clinics, number, offer):
    await clinics.open(SOREANG, SATURDAY)
    await close_for(clinics, offer)
    assert not await calls(clinics)
    clinics.run("UPDATE outbox SET status = 'dead' WHERE key LIKE 'close%/ticket'")
    [one] = await calls(clinics)
    assert (one.told, one.moved) == (False, offer == "next_free")


async def test_a_call_is_noted_once_by_its_own_facility(clinics, number):
    await close_for(clinics)
    [one] = await calls(clinics, LATE)

    async def called(code):
        return await clinics.database.write(
            lambda connection: note_called(connection, code, one.id, "ani", LATE)
        )

    assert not await called(BANDUNG.code)
    assert await called(SOREANG.code)
    assert not await called(SOREANG.code)
    assert not await calls(clinics, LATE)
