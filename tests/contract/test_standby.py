"""Seats that come free are offered to those who wait, on both databases."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest

from core.appointments.closures import Closing, close_day
from core.appointments.day import DayOf, read_day
from core.appointments.notices import LEAVE_SECONDS
from core.appointments.requests import Booked, NotBookable, Taken
from core.appointments.standby import OFFER_SECONDS
from core.appointments.standby_answers import HEARD_SECONDS
from core.appointments.standby_requests import AnswerOffer, OfferEnded, OfferTaken, Wait, Waiting
from core.database.database import open_database
from core.database.leases import Lease
from core.fields.timezones import moment
from core.messages import Address, AddressKind, Channel, Location
from core.outbox.sms_bounds import HOME, UNASKED_MAX
from core.registration.terms import Terms
from gateway.operators.standby import LEASE, LEASE_SECONDS, look, offer_forever
from tests.fixtures.clinics import (
    AT,
    BANDUNG,
    CAMPAIGN,
    DOSES,
    JAYAPURA,
    LIMITS,
    SOREANG,
    SqlClinics,
    book,
    cancel,
    phone,
    wib,
)

TERMS = Terms(LIMITS, DOSES, HOME)
MORNING = wib(22, 8)
NOW = moment(AT)  # Wednesday the 20th, 09:00 in WIB
LATE = NOW + timedelta(seconds=OFFER_SECONDS)
GONE, DECLINED = OfferEnded(why="gone"), OfferEnded(why="declined")


class Standby(SqlClinics):
    async def join(self, n, *, register=True, **changes):
        number = await self.register(n) if register else await self.number_of(n)
        door = {"address": phone(n), "channel": Channel.USSD, "at": AT}
        wish = {"key": f"w{n}", "number": number, "campaign": CAMPAIGN, "dose": 1, **door}
        return await self.store.do(Wait(**{**wish, **changes}))

    async def number_of(self, n):
        return self.run("SELECT number FROM records WHERE phone = :phone", phone=phone(n).value)[
            0
        ][0]

    async def offer(self, at=NOW, database=None):
        await look(database or self.database, TERMS, at)

    async def answer(self, n, *, takes=True, at=NOW, key="", store=None):
        request = AnswerOffer(
            key=key or f"y{n}",
            address=phone(n),
            channel=Channel.SMS,
            provider="twilio",
            language="id",
            campaign=CAMPAIGN,
            takes=takes,
            at=int(at.timestamp()),
        )
        return await (store or self.store).do(request)

    def waits(self):
        rows = self.run("SELECT value, status FROM standby ORDER BY id")
        return {value[-2:]: status for value, status in rows}

    def told(self):
        rows = self.run("SELECT value, status FROM outbox WHERE key LIKE 'standby%' ORDER BY id")
        return [(value[-2:], status) for value, status in rows]

    async def close_friday(self, database=None):
        day = DayOf(CAMPAIGN, SOREANG, MORNING.date())
        closing = Closing(day, "choose", "ani", "close", NOW)
        await (database or self.database).write(partial(close_day, closing=closing), alone=True)


@pytest.fixture
async def clinics(database_url):
    opened = Standby(database_url)
    yield opened
    await opened.close()


# Waiting.


async def test_a_person_waits_once_and_keeps_the_place(clinics):
    assert await clinics.join(1) == Waiting()
    assert await clinics.join(2) == Waiting()
    assert await clinics.join(1, register=False, key="again") == Waiting()
    assert clinics.waits() == {"01": "waiting", "02": "waiting"}


async def test_who_may_not_book_does_not_wait(clinics):
    await clinics.register(1, status="in_review")
    assert await clinics.join(1, register=False) == NotBookable(why="not_verified")
    booked = await clinics.register(2)
    await clinics.store.book(book(booked, await clinics.open(SOREANG, MORNING)))
    assert await clinics.join(2, register=False) == NotBookable(why="other_appointment")
    assert await clinics.join(3, dose=2) == NotBookable(why="too_early")
    assert clinics.waits() == {}


# Offering.


async def test_a_freed_seat_is_held_for_who_waits_longest(clinics):
    booked, slot = await clinics.register(9), await clinics.open(SOREANG, MORNING)
    await clinics.store.book(book(booked, slot, address=phone(9)))
    for n in (2, 1):
        await clinics.join(n)
    await clinics.offer()
    assert clinics.waits() == {"02": "waiting", "01": "waiting"}
    await clinics.store.cancel(cancel(booked, address=phone(9)))
    await clinics.offer()
    assert clinics.waits() == {"02": "offered", "01": "waiting"}
    assert await clinics.seats(slot) == (1, 1)
    assert clinics.told() == [("02", "queued")]
    other = await clinics.register(3)
    assert isinstance(await clinics.store.book(book(other, slot, "b3")), Taken)


async def test_each_seat_has_one_offer(clinics):
    slot = await clinics.open(SOREANG, MORNING, capacity=2)
    for n in (1, 2, 3):
        await clinics.join(n)
    await clinics.offer()
    assert list(clinics.waits().values()) == ["offered", "offered", "waiting"]
    assert await clinics.seats(slot) == (2, 2)


async def test_a_door_has_one_offer_at_a_time(clinics):
    await clinics.open(SOREANG, MORNING, capacity=2)
    family = {"address": phone(1), "phone": phone(1).value}
    for n in (1, 2):
        number = await clinics.register(n, **family)
        await clinics.join(1, register=False, key=f"w{n}", number=number)
    statuses = "SELECT status FROM standby ORDER BY id"
    await clinics.offer()
    assert clinics.run(statuses) == [("offered",), ("waiting",)]
    assert isinstance(await clinics.answer(1), OfferTaken)
    await clinics.offer()
    assert clinics.run(statuses) == [("booked",), ("offered",)]


async def test_a_seat_far_away_is_not_offered(clinics):
    await clinics.open(SOREANG, wib(21, 8), dose=2)  # a place at home, with no seat for them
    far = await clinics.open(JAYAPURA, MORNING)
    await clinics.join(1)
    await clinics.offer()
    assert clinics.waits() == {"01": "waiting"}
    assert await clinics.seats(far) == (0, 1)


async def test_where_nothing_is_near_the_wish_is_kept_for_home(clinics):
    far = await clinics.open(JAYAPURA, MORNING)
    await clinics.join(1)
    await clinics.offer()
    assert (clinics.waits(), await clinics.seats(far)) == ({"01": "waiting"}, (0, 1))
    home = await clinics.open(SOREANG, MORNING)
    await clinics.offer()
    assert (clinics.waits(), await clinics.seats(home)) == ({"01": "offered"}, (1, 1))


async def test_at_work_is_where_a_wish_is_kept_for(clinics):
    await clinics.open(SOREANG, wib(21, 12), dose=2)
    slot = await clinics.open(JAYAPURA, MORNING)
    await clinics.register(1)
    await clinics.work_at(1, JAYAPURA)
    await clinics.join(1, register=False)
    await clinics.offer()
    assert await clinics.seats(slot) == (1, 1)


async def test_without_a_place_at_home_the_nearest_regency_is_near(clinics):
    slot = await clinics.open(BANDUNG, MORNING)
    await clinics.open(JAYAPURA, wib(21, 8))
    await clinics.join(1)
    await clinics.offer()
    assert await clinics.seats(slot) == (1, 1)


async def test_near_a_shared_place_is_the_regency_of_the_nearest_facility(clinics):
    await clinics.open(SOREANG, wib(21, 12))
    slot = await clinics.open(BANDUNG, MORNING)
    await clinics.join(1, near=Location(-6.9, 107.6))
    await clinics.offer()
    assert await clinics.seats(slot) == (1, 1)


@pytest.mark.parametrize(("early", "status"), [(1, "offered"), (0, "waiting")])
async def test_a_seat_is_offered_only_in_time_to_answer_and_to_come(clinics, early, status):
    soonest = NOW + timedelta(seconds=OFFER_SECONDS + LEAVE_SECONDS)
    await clinics.open(SOREANG, soonest + timedelta(seconds=early))
    await clinics.join(1)
    await clinics.offer()
    assert clinics.waits() == {"01": status}


@pytest.mark.parametrize(
    ("hour", "minute", "status"),
    [(7, 59, "waiting"), (8, 0, "offered"), (17, 59, "offered"), (18, 0, "waiting"),
     (23, 0, "waiting")],
)  # fmt: skip
async def test_no_offer_and_no_deadline_is_at_night(clinics, hour, minute, status):
    await clinics.open(SOREANG, MORNING)
    await clinics.join(1)
    await clinics.offer(wib(20, hour, minute))
    assert clinics.waits() == {"01": status}


async def test_who_has_booked_elsewhere_waits_no_longer(clinics):
    await clinics.join(1)
    number = await clinics.number_of(1)
    await clinics.store.book(book(number, await clinics.open(SOREANG, MORNING)))
    free = await clinics.open(SOREANG, wib(22, 9))
    await clinics.offer()
    assert clinics.waits() == {"01": "ended"}
    assert await clinics.seats(free) == (0, 1)


async def test_a_door_that_is_no_longer_theirs_is_told_nothing(clinics):
    await clinics.join(1)
    await clinics.open(SOREANG, MORNING)
    clinics.run("DELETE FROM addresses")
    await clinics.offer()
    assert (clinics.waits(), clinics.told()) == ({"01": "ended"}, [])


async def test_a_seat_is_not_held_for_whom_no_sms_may_reach(clinics):
    slot = await clinics.open(SOREANG, MORNING)
    await clinics.join(1)
    clinics.run("UPDATE addresses SET verified = 0")
    clinics.run("DELETE FROM intents")
    clinics.run(
        "INSERT INTO tallies (subject, since, count, key) VALUES (:subject, :since, :count, 'k')",
        subject=f"unasked:{phone(1).value}:2021-01-20",
        since="2021-01-20T00:00:00.000000Z",
        count=UNASKED_MAX,
    )
    await clinics.offer()
    assert clinics.waits() == {"01": "ended"}
    assert await clinics.seats(slot) == (0, 1)
    assert clinics.told() == [("01", "withheld")]


# Answering.


@pytest.fixture
async def slot(clinics):
    """Return a slot with one seat, which is offered to 1, while 2 waits."""
    slot = await clinics.open(SOREANG, MORNING)
    for n in (1, 2):
        await clinics.join(n)
    await clinics.offer()
    return slot


async def test_yes_books_it_once(clinics, slot):
    taken = await clinics.answer(1)
    assert isinstance(taken, OfferTaken)
    assert taken.booked.appointment.start == MORNING
    assert await clinics.answer(1) == taken
    assert clinics.waits() == {"01": "booked", "02": "waiting"}
    assert (await clinics.live(), await clinics.seats(slot)) == (1, (1, 1))
    await clinics.offer(LATE)
    assert (await clinics.live(), await clinics.seats(slot)) == (1, (1, 1))
    assert (await clinics.queued())["y1/ticket"][0] == "queued"


async def test_no_gives_it_to_the_next(clinics, slot):
    assert await clinics.answer(1, takes=False) == DECLINED
    assert await clinics.answer(1, takes=False) == DECLINED
    assert await clinics.seats(slot) == (0, 1)
    await clinics.offer()
    assert clinics.waits() == {"01": "declined", "02": "offered"}
    assert await clinics.seats(slot) == (1, 1)
    assert clinics.told() == [("01", "withdrawn"), ("02", "queued")]


async def test_the_deadline_gives_it_to_the_next(clinics, slot):
    await clinics.offer(LATE - timedelta(seconds=1))
    assert clinics.waits() == {"01": "offered", "02": "waiting"}
    await clinics.offer(LATE)
    assert clinics.waits() == {"01": "lapsed", "02": "offered"}
    assert await clinics.answer(1, at=LATE) == GONE
    assert (await clinics.live(), await clinics.seats(slot)) == (0, (1, 1))


async def test_yes_is_in_time_until_the_deadline(clinics, slot):
    assert await clinics.answer(1, at=LATE) == GONE
    assert await clinics.answer(1, at=LATE) == GONE
    assert await clinics.seats(slot) == (0, 1)
    await clinics.offer(NOW)
    last = LATE - timedelta(seconds=1)
    assert isinstance(await clinics.answer(2, at=last), OfferTaken)


async def test_a_word_answers_no_old_offer(clinics, slot):
    await clinics.offer(LATE)
    heard = NOW + timedelta(seconds=HEARD_SECONDS)
    assert await clinics.answer(1, at=heard - timedelta(seconds=1)) == GONE
    assert await clinics.answer(1, at=heard, key="late") is None
    assert await clinics.answer(3) is None


async def test_a_newer_notice_is_answered_instead(clinics, slot):
    later = "2021-01-20T02:00:01.000000Z"
    clinics.run(
        """
        UPDATE outbox SET key = 'x/notice', created_at = :at WHERE key LIKE 'standby%'
        """,
        at=later,
    )
    assert await clinics.answer(1) is None
    assert clinics.waits()["01"] == "offered"


async def test_booking_another_seat_frees_the_held_one(clinics, slot):
    number, other = await clinics.number_of(1), await clinics.open(SOREANG, wib(23, 9))
    assert isinstance(await clinics.store.book(book(number, other)), Booked)
    assert await clinics.answer(1) == GONE
    await clinics.offer()
    assert clinics.waits() == {"01": "lapsed", "02": "offered"}
    assert (await clinics.seats(slot), await clinics.seats(other)) == ((1, 1), (1, 1))


async def test_a_registration_that_is_closed_frees_the_held_seat(clinics, slot):
    clinics.run("UPDATE records SET status = 'withdrawn' WHERE phone = :p", p=phone(1).value)
    await clinics.offer()
    assert clinics.waits() == {"01": "lapsed", "02": "offered"}


@pytest.mark.parametrize("answers", [False, True])
async def test_a_closed_day_takes_the_seat_and_gives_the_place_back(clinics, slot, answers):
    await clinics.close_friday()
    if answers:
        assert await clinics.answer(1) == GONE
    await clinics.offer()
    assert clinics.waits() == {"01": "waiting", "02": "waiting"}
    assert await clinics.seats(slot) == (0, 0)
    saturday = await clinics.open(SOREANG, wib(23, 9))
    await clinics.offer(NOW + timedelta(seconds=1))
    assert clinics.waits() == {"01": "offered", "02": "waiting"}
    assert isinstance(await clinics.answer(1, key="y1b"), OfferTaken)
    assert await clinics.seats(saturday) == (1, 1)


async def test_the_day_list_shows_nobody_who_waits(clinics, slot):
    day = DayOf(CAMPAIGN, SOREANG, MORNING.date())
    assert not (await clinics.database.read(partial(read_day, day=day))).entries


async def run_job(clinics, *, holder, looks):
    """Run the job until it has asked the clock so many times."""
    asked = []

    def clock():
        asked.append(NOW)
        return NOW

    job = asyncio.create_task(offer_forever(clinics.database, TERMS, clock, holder))
    while len(asked) < looks or "offered" not in clinics.waits().values():
        await asyncio.sleep(0)
        if job.done():
            break
    job.cancel()


async def test_the_job_offers_what_is_free(clinics):
    slot = await clinics.open(SOREANG, MORNING)
    await clinics.join(1)
    await run_job(clinics, holder="a", looks=1)
    assert (clinics.waits(), await clinics.seats(slot)) == ({"01": "offered"}, (1, 1))
    [(held,)] = clinics.run("SELECT holder FROM leases WHERE name = 'standby'")
    assert held == "a"


async def test_another_job_waits_for_the_lease(clinics):
    await clinics.open(SOREANG, MORNING)
    await clinics.join(1)
    lease = Lease(LEASE, "a")
    claim = partial(lease.claim, now=NOW, seconds=LEASE_SECONDS)
    assert await clinics.database.write(claim)
    asked = []

    def clock():
        asked.append(NOW)
        return NOW

    job = asyncio.create_task(offer_forever(clinics.database, TERMS, clock, "b"))
    while not asked:
        await asyncio.sleep(0)
    for _ in range(4):  # the job's writes come before these
        await clinics.database.write(claim)
    job.cancel()
    assert clinics.waits() == {"01": "waiting"}


# Races.


@pytest.mark.parametrize("round_", range(4))
async def test_a_yes_while_the_offer_expires_doubles_nobody(clinics, slot, round_):
    second = open_database(clinics.url)
    store = clinics.another(second)
    in_time = LATE - timedelta(seconds=1)
    steps = [
        clinics.answer(1, at=in_time),
        clinics.offer(LATE, second),
        clinics.answer(1, at=in_time, key="twice", store=store),
        clinics.offer(LATE),
    ]
    turned = steps[round_:] + steps[:round_]
    results = await asyncio.gather(*turned)
    await second.close()
    taken = [one for one in results if isinstance(one, OfferTaken)]
    assert len(taken) == await clinics.live() <= 1
    held = list(clinics.waits().values()).count("offered")
    assert len(taken) + held == 1
    assert await clinics.seats(slot) == (1, 1)


@pytest.mark.parametrize("round_", range(3))
async def test_two_jobs_offer_each_seat_once(clinics, round_):
    slot = await clinics.open(SOREANG, MORNING, capacity=4)
    for n in range(1, 8):
        await clinics.join(n)
    second = open_database(clinics.url)
    await asyncio.gather(clinics.offer(), clinics.offer(database=second), clinics.offer())
    await second.close()
    assert list(clinics.waits().values()) == ["offered"] * 4 + ["waiting"] * 3
    assert (await clinics.seats(slot), len(clinics.told())) == ((4, 4), 4)


@pytest.mark.parametrize("round_", range(4))
async def test_closing_while_a_seat_is_offered_and_answered_loses_nobody(clinics, slot, round_):
    second = open_database(clinics.url)
    steps = [clinics.close_friday(second), clinics.answer(1), clinics.offer(database=second)]
    results = await asyncio.gather(*steps[round_ % 3 :], *steps[: round_ % 3])
    await second.close()
    taken = sum(isinstance(one, OfferTaken) for one in results)
    await clinics.offer()
    assert await clinics.live() == taken
    assert await clinics.seats(slot) == (taken, taken)
    assert clinics.waits()["01"] == ("booked" if taken else "waiting")


async def test_who_waits_by_a_browser_is_written_to_on_the_phone_on_file(clinics):
    browser = Address(AddressKind.WEB, "n1Cq0bJ3vN7xQ2mK5tR8wA")
    await clinics.join(1, address=browser, channel=Channel.WEB)
    await clinics.join(2, channel=Channel.WEB)
    assert clinics.run("SELECT kind, channel FROM standby") == [("phone", "web"), ("phone", "sms")]
    clinics.run("DELETE FROM addresses WHERE value = :phone", phone=phone(1).value)
    await clinics.open(SOREANG, MORNING)
    await clinics.offer()
    assert clinics.told() == [("01", "queued")]
    assert isinstance(await clinics.answer(1), OfferTaken)


async def test_a_browser_without_a_phone_to_write_to_waits_for_nothing(clinics):
    number = await clinics.register(1)
    clinics.run("UPDATE records SET phone = NULL")
    clinics.run("DELETE FROM addresses")
    browser = Address(AddressKind.WEB, "n1Cq0bJ3vN7xQ2mK5tR8wA")
    wish = Wait(
        key="w1",
        number=number,
        campaign=CAMPAIGN,
        dose=1,
        address=browser,
        channel=Channel.WEB,
        at=AT,
    )
    assert await clinics.store.do(wish) == NotBookable(why="not_verified")
