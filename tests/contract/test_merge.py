"""Two records of one person become one, in SQL: SQLite, PostgreSQL."""

from functools import partial

import pytest

from core.appointments.requests import LookUp, Screen
from core.appointments.tickets import live_ticket
from core.cases.changes import Changed, Refused
from core.cases.changes.merge import APPOINTMENT, merge
from core.cases.changes.withdraw import withdraw
from core.messages import Channel
from core.operators.queries import Queries
from core.outbox.ticket import reminder_keys
from core.registration.requests import CheckCode, SendCode
from tests.fixtures.changes import Desk
from tests.fixtures.clinics import AT, CAMPAIGN, LIMITS, SOREANG, book, cancel, look_up, phone, wib
from tests.fixtures.effects import make_effects

WEDNESDAY, THURSDAY = wib(27, 13), wib(28, 13)


@pytest.fixture
async def desk(database_url):
    opened = Desk(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def kept(desk):
    return await desk.register(1)


@pytest.fixture
async def gone(desk):
    return await desk.register(2)


async def merge_them(desk, kept, gone, *fields):
    return await desk.change(merge, kept, await desk.id_of(gone), fields)


async def test_one_record_goes_on_and_takes_over_what_is_said(desk, kept, gone):
    names = [desk.one(number, "full_name") for number in (kept, gone)]
    merged = await merge_them(desk, kept, gone, "full_name")
    assert merged == Changed(number=kept, old={"full_name": names[0], "merged": None})
    assert tuple(desk.one(kept, "full_name", "status", "standing")) == (
        *(names[1], "verified", "held"),
    )
    assert tuple(desk.one(gone, "full_name", "status", "standing", "merged_into")) == (
        *(names[1], "merged", "superseded", await desk.id_of(kept)),
    )
    assert desk.addresses(kept) == {phone(1).conversation: True, phone(2).conversation: True}
    assert desk.addresses(gone) == {}
    assert await merge_them(desk, kept, gone, "full_name") == merged


async def test_both_numbers_go_on_working(desk, kept, gone):
    await merge_them(desk, kept, gone)
    slot = await desk.open(SOREANG, WEDNESDAY)
    await desk.store.screen(Screen("s1", gone, "1", {"fever": "no"}, "proceed", "", AT))
    booked = await desk.store.book(book(gone, slot))
    assert booked.appointment.status == "booked"
    shown = await desk.store.status(look_up(phone(2)))
    assert [(one.number, one.screened) for one in shown.registrations] == [(kept, True)]
    proven = LookUp(phone(9), CAMPAIGN, proven=gone)
    assert [one.number for one in (await desk.store.status(proven)).registrations] == [kept]
    assert (await Queries(desk.database).get(gone)).number == kept
    code = booked.appointment.code
    for number in (gone, kept):
        found = await desk.database.read(partial(live_ticket, number=number, code=code))
        assert found is not None
    await desk.store.cancel(cancel(gone))
    assert await desk.seats(slot) == (0, 1)


async def test_a_code_for_the_number_that_is_gone_proves_the_other_record(desk, kept, gone):
    await merge_them(desk, kept, gone)
    effects = make_effects(desk.database, limits=LIMITS)
    await effects.run(SendCode("ask", gone, CAMPAIGN, phone(9), "id", AT))
    [(code,)] = desk.run("SELECT code FROM proofs")
    check = CheckCode(gone, CAMPAIGN, phone(9), Channel.SMS, code, "check", AT)
    assert (await effects.run(check)).verdict == "right"
    assert desk.addresses(kept)[phone(9).conversation] is True


@pytest.mark.parametrize(("fields", "stays"), [((), WEDNESDAY), ((APPOINTMENT,), THURSDAY)])
async def test_of_two_appointments_one_is_chosen(desk, kept, gone, fields, stays):
    slots = [await desk.open(SOREANG, start) for start in (WEDNESDAY, THURSDAY)]
    await desk.store.book(book(kept, slots[0], "b1", address=phone(1)))
    await desk.store.book(book(gone, slots[1], "b2", address=phone(2)))
    await merge_them(desk, kept, gone, *fields)
    [one] = (await desk.store.status(look_up(phone(2)))).registrations
    assert (one.number, one.appointment.start) == (kept, stays)
    taken = [(await desk.seats(slot))[0] for slot in slots]
    assert taken == ([0, 1] if fields else [1, 0])
    queued = await desk.queued()
    lost, left = ("b1", "b2") if fields else ("b2", "b1")
    assert {queued[key][0] for key in reminder_keys(lost)} == {"withdrawn"}
    assert {queued[key][0] for key in reminder_keys(left)} == {"queued"}


async def test_the_only_appointment_stays_whose_ever_it_was(desk, kept, gone):
    slot = await desk.open(SOREANG, WEDNESDAY)
    await desk.store.book(book(gone, slot, "b2", address=phone(2)))
    await merge_them(desk, kept, gone)
    [one] = (await desk.store.status(look_up(phone(1)))).registrations
    assert one.appointment.start == WEDNESDAY
    assert await desk.seats(slot) == (1, 1)


async def test_a_claim_that_is_merged_with_a_held_record_is_held(desk, kept, gone):
    desk.run("UPDATE records SET standing = 'claimed' WHERE number = :number", number=kept)
    await merge_them(desk, kept, gone)
    assert desk.one(kept, "standing") == "held"


async def test_what_is_closed_or_the_same_is_not_merged(desk, kept, gone):
    assert await merge_them(desk, kept, kept) == Refused(why="same")
    assert await desk.change(merge, kept, 0, ()) == Refused(why="unknown")
    await desk.change(withdraw, gone, key="w")
    assert await merge_them(desk, kept, gone) == Refused(why="closed")


async def test_a_merged_record_leads_to_the_last_of_a_chain(desk, kept, gone):
    third = await desk.register(3)
    await merge_them(desk, kept, gone)
    await desk.change(merge, third, await desk.id_of(kept), (), key="k2")
    assert (await Queries(desk.database).get(gone)).number == third
