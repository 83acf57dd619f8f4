"""What people do about their own registration, in SQL: SQLite, PostgreSQL."""

from datetime import timedelta
from functools import partial

import pytest

from core.appointments.requests import LookUp
from core.cases.leaving import erase_due
from core.cases.own_changes import CORRECTIONS_A_DAY_MAX
from core.cases.requests import (
    COOLING_HOURS,
    LOOKS_MAX,
    Correct,
    Leave,
    ReadLooks,
    StopErasure,
)
from core.cases.sweep import bring_back
from core.cases.tell import FAREWELL_HOURS
from core.database.audit import Noted, note
from core.database.statements import Statement, iso_utc
from core.messages import Address, AddressKind, Channel
from core.registration.intent import OutcomeKind
from core.registration.requests import Register
from tests.fixtures.changes import Desk
from tests.fixtures.clinics import (
    AT,
    CAMPAIGN,
    LIMITS,
    SOREANG,
    START,
    book,
    nik,
    person_intent,
    phone,
    wib,
)
from tests.fixtures.effects import make_effects

HOUR = 3_600
LIST = """
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code)
    VALUES (:campaign, :nik, :name, 'perawat', 'F1')
"""
MAIL = Address(AddressKind.EMAIL, "siti@klinik.example")
SLIPPED, FAR = "3204115706960002", "3204112202900077"
DUE = START + timedelta(hours=COOLING_HOURS)


class House(Desk):
    """The effects of one database, and what it keeps."""

    async def do(self, effect):
        return await make_effects(self.database, limits=LIMITS).run(effect)

    async def twice(self, effect):
        """Carry it out twice, as after a crash; both come to the same, and write as once."""
        once = await self.do(effect)
        kept = self.kept()
        assert await self.do(effect) == once
        assert self.kept() == kept
        return once

    def kept(self):
        tables = ("records", "addresses", "history", "cases", "outbox", "tallies", "appointments")
        return [sorted(map(tuple, self.run(f"SELECT * FROM {one}")), key=repr) for one in tables]  # noqa: S608

    def cases(self):
        return [tuple(row) for row in self.run("SELECT kind, status FROM cases ORDER BY id")]

    async def list(self, listed, full_name):
        listing = {"campaign": CAMPAIGN, "nik": listed, "name": full_name}
        self.run(LIST, **listing)


@pytest.fixture
async def house(database_url):
    opened = House(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def number(house):
    return await house.register(1)


def correct(number, field, value, address=None, key="k", **more):
    place = (number, CAMPAIGN, address or phone(1), Channel.SMS)
    return Correct(key, *place, field, value, AT, **more)


def leave(number, *, erases, address=None, key="l", at=AT, **more):
    return Leave(key, number, CAMPAIGN, address or phone(1), erases, at, **more)


# Corrections.


@pytest.mark.parametrize(
    ("field", "value"), [("profession", "bidan"), ("full_name", "Siti Bbbb Aaaaa")]
)
async def test_her_own_phone_corrects_a_field(house, number, field, value):
    done = await house.twice(correct(number, field, value))
    assert (done.verdict, house.one(number, field)) == ("changed", value)


@pytest.mark.parametrize(("address", "linked"), [(phone(2), False), (MAIL, False), (MAIL, True)])
async def test_nobody_else_changes_ends_or_sees_anything(house, number, address, linked):
    """Not by the number alone; nor a mailbox, even one that was proven once."""
    if linked:
        await house.record(person_intent(1, intent_id="by mail", address=MAIL, message_id="x"))
        house.run("UPDATE addresses SET verified = 1 WHERE kind = 'email'")
    kept = house.kept()
    for field, value in (("full_name", "BUDI"), ("nik", SLIPPED), ("phone", phone(2).value)):
        assert (await house.do(correct(number, field, value, address))).verdict == "gone"
    for erases in (True, False):
        assert (await house.do(leave(number, erases=erases, address=address))).verdict == "gone"
    assert not (await house.do(ReadLooks(number, CAMPAIGN, address, AT))).looks
    stopped = await house.do(StopErasure("s", CAMPAIGN, address, (number,), AT))
    assert stopped.numbers == ()
    assert house.kept() == kept


async def test_a_code_lets_a_mailbox_change(house, number):
    done = await house.do(correct(number, "profession", "bidan", MAIL, proven=True))
    assert (done.verdict, house.one(number, "profession")) == ("changed", "bidan")


async def test_a_verified_name_gives_way_to_one_like_it_or_the_rosters(house, number):
    assert (await house.twice(correct(number, "full_name", "BUDI"))).verdict == "review"
    assert house.cases() == [("name_conflict", "open")]
    await house.list(nik(1), "BUDI SANTOSO")
    done = await house.do(correct(number, "full_name", "BUDI SANTOSO", key="k2"))
    assert (done.verdict, house.one(number, "full_name")) == ("changed", "BUDI SANTOSO")


async def test_an_unverified_name_is_hers_to_put_right(house):
    number = await house.register(1, status="not_listed")
    assert (await house.twice(correct(number, "full_name", "BUDI"))).verdict == "changed"


async def test_a_nik_one_slip_away_moves_and_the_number_stays(house, number):
    assert (await house.twice(correct(number, "nik", SLIPPED))).verdict == "changed"
    assert house.one(number, "nik") == SLIPPED


async def test_a_nik_far_away_is_an_officials_unless_the_roster_lists_it_so(house, number):
    assert (await house.twice(correct(number, "nik", FAR))).verdict == "review"
    assert house.one(number, "nik") == nik(1)
    await house.list(FAR, house.one(number, "full_name"))
    assert (await house.do(correct(number, "nik", FAR, key="k2"))).verdict == "changed"


async def test_a_nik_of_another_person_is_an_officials(house, number):
    await house.register(2)
    done = await house.twice(correct(number, "nik", nik(2)))
    assert (done.verdict, bool(done.case)) == ("review", True)
    assert house.one(number, "nik") == nik(1)


async def test_a_nik_does_not_move_with_a_seat(house, number):
    slot = await house.open(SOREANG, wib(27, 13))
    await house.do(book(number, slot))
    assert (await house.do(correct(number, "nik", SLIPPED))).verdict == "booked"


async def test_the_registration_under_her_right_nik_asks_and_a_yes_settles_it(house, number):
    name = house.one(number, "full_name")
    again = person_intent(1, intent_id="again", message_id="y", nik=SLIPPED, full_name=name)
    for _ in range(2):  # as after a crash
        outcome = await house.do(Register(again))
        assert (outcome.kind, outcome.number) == (OutcomeKind.IN_REVIEW, number)
    assert house.cases() == [("twin_nik", "open")]
    assert (await house.do(LookUp(phone(1), CAMPAIGN, at=AT))).case
    assert (await house.twice(correct(number, "nik", SLIPPED))).verdict == "changed"
    assert house.cases() == [("twin_nik", "decided")]
    report = await house.do(LookUp(phone(1), CAMPAIGN, at=AT))
    assert ([one.number for one in report.registrations], report.in_review) == ([number], False)


async def test_another_phone_that_a_code_has_proven_takes_the_place_of_the_old_one(house, number):
    request = correct(number, "phone", phone(2).value, phone(2), proven=True)
    assert (await house.twice(request)).verdict == "changed"
    assert house.one(number, "phone") == phone(2).value
    assert house.addresses(number) == {phone(2).conversation: True}
    [(told, reply)] = house.run("SELECT value, reply FROM outbox")
    assert (told, "phone_moved_away" in reply) == (phone(1).value, True)
    assert (await house.do(leave(number, erases=False))).verdict == "gone"  # by the old phone


async def test_a_phone_can_only_be_the_one_that_asks(house, number):
    assert (await house.do(correct(number, "phone", phone(2).value))).verdict == "gone"


async def test_corrections_of_one_record_are_bounded(house, number):
    for n in range(CORRECTIONS_A_DAY_MAX):
        name = f"Siti Bbbb Aaaa{'ab'[n % 2]}"
        assert (
            await house.do(correct(number, "full_name", name, key=f"{n}"))
        ).verdict == "changed"
    last = correct(number, "profession", "bidan", key="one more")
    assert (await house.do(last)).verdict == "too_many"


# The end of a registration.


def due(now=DUE):
    return partial(erase_due, now=now, countries=frozenset({"ID"}))


async def test_who_withdraws_gives_the_seat_back_at_once(house, number):
    slot = await house.open(SOREANG, wib(27, 13))
    await house.do(book(number, slot))
    assert (await house.twice(leave(number, erases=False))).verdict == "withdrawn"
    assert house.run("SELECT booked FROM slots") == [(0,)]
    assert house.one(number, "status", "standing") == ("withdrawn", "superseded")


async def test_an_erasure_waits_for_its_time_and_changes_nothing_until_then(house, number):
    done = await house.twice(leave(number, erases=True))
    assert (done.verdict, done.due) == ("erasing", AT + COOLING_HOURS * HOUR)
    assert house.cases() == [("erase_request", "waiting_for_person")]
    [entry] = (await house.do(LookUp(phone(1), CAMPAIGN, at=AT))).registrations
    assert (entry.status, entry.erased_on) == ("verified", DUE.date())
    soon = DUE - timedelta(seconds=1)
    assert await house.database.write(due(soon), alone=True) is None
    erased = await house.database.write(due(), alone=True)
    assert erased.receipt == done.receipt
    assert house.run("SELECT number FROM records") == []
    assert house.run("SELECT receipt FROM erasures") == [(done.receipt,)]
    assert house.cases() == []
    assert await house.database.write(due(), alone=True) is None


async def test_she_is_told_once_by_the_door_that_she_asked_by(house, number):
    done = await house.do(leave(number, erases=True))
    asked = Statement("UPDATE cases SET address_kind = 'whatsapp'")  # her phone is proven too
    await house.database.write(lambda use: use.run(asked))
    for _ in range(2):
        await house.database.write(due(), alone=True)
    [(key, channel, reply, last)] = house.run("SELECT key, channel, reply, not_after FROM outbox")
    assert (key, channel) == (f"erased/{done.receipt}", "whatsapp")
    assert done.receipt in reply
    assert number not in reply
    assert last == iso_utc(DUE + timedelta(hours=FAREWELL_HOURS))


@pytest.mark.parametrize("status", ["waiting_for_person", "open", "taken", "undone"])
async def test_an_erasure_comes_due_whatever_becomes_of_its_case_meanwhile(house, number, status):
    await house.do(leave(number, erases=True))
    assert await house.database.write(partial(bring_back, now=DUE, limit=9)) == 0
    assert house.cases() == [("erase_request", "waiting_for_person")]
    move = Statement("UPDATE cases SET status = :status")
    await house.database.write(lambda use: use.run(move, status=status))
    erased = await house.database.write(due(), alone=True)
    assert erased is not None
    assert house.run("SELECT number FROM records") == []


async def test_whoever_asks_again_hears_the_same_receipt(house, number):
    first = await house.do(leave(number, erases=True))
    assert await house.do(leave(number, erases=True, key="l2", at=AT + HOUR)) == first


async def test_batal_stops_it_and_it_can_be_asked_for_again(house, number):
    await house.do(leave(number, erases=True))
    stopped = await house.twice(StopErasure("s", CAMPAIGN, phone(1), (number, "none"), AT))
    assert stopped.numbers == (number,)
    assert await house.database.write(due(), alone=True) is None
    assert (await house.do(leave(number, erases=True, key="l2"))).verdict == "erasing"


# Who looked.


async def test_she_sees_the_looks_of_officials_and_nothing_else(house, number):
    async def look(days, operator="dewi", why="telepon"):
        at = START - timedelta(days=days)
        noted = Noted(at, "shown", operator, number, why)
        await house.database.write(lambda use: note(use, noted), alone=True)

    for days in (91, *range(LOOKS_MAX + 1)):
        await look(days)
    for nobody in ("person", "rule", "registry", "feed"):
        await look(0, nobody, "no look")
    looks = await house.do(ReadLooks(number, CAMPAIGN, phone(1), AT))
    assert (len(looks.looks), looks.more) == (LOOKS_MAX, True)
    assert (looks.looks[0].on, looks.looks[0].why) == (START.date(), "telepon")


async def test_a_wish_that_is_carried_out_late_undoes_nothing_newer(house, number):
    """Its worker was stuck meanwhile."""
    wish, stop = leave(number, erases=True), StopErasure("s", CAMPAIGN, phone(1), (number,), AT)
    first = await house.do(wish)
    await house.do(stop)
    assert await house.do(wish) == first
    assert house.cases() == [("erase_request", "decided")]
    await house.do(leave(number, erases=True, key="l2"))
    assert (await house.do(stop)).numbers == (number,)
    assert house.cases() == [("erase_request", "decided"), ("erase_request", "waiting_for_person")]
