"""The queue of cases on both databases: opened by triggers and by code, found, taken."""

from datetime import timedelta

import pytest

from core.cases.case import Case
from core.cases.kinds import CaseKind, CaseStatus
from core.cases.queue import (
    TAKEN_MINUTES,
    Conflict,
    NewCase,
    Search,
    open_case,
    release,
    search,
    take,
    waiting,
)
from core.cases.reading import read_evidence
from core.database.statements import Statement, iso_utc
from core.messages import Address, AddressKind, Channel
from core.registration.notice_answers import NOT_MINE
from core.registration.statements import ADD_HISTORY
from tests.contract.test_record_stores import ADD_LISTED, NIK, NOW, intent
from tests.fixtures.effects import recorder

OTHER = Address(AddressKind.PHONE, "+6281299990009")
MAIL = Address(AddressKind.EMAIL, "anybody@mail.example")
SLIP = NIK[:-2] + NIK[-1] + NIK[-2]
DECIDE = Statement("UPDATE cases SET status = 'decided', decision = 'keep' WHERE id = :row_id")


@pytest.fixture
def desk(database):
    return Desk(database)


class Desk:
    """Registers people, and looks at the queue."""

    def __init__(self, database):
        self.database, self.record, self.count = database, recorder(database), 0

    async def register(self, **changes):
        self.count += 1
        at = NOW + timedelta(seconds=self.count)
        return await self.record(intent(str(self.count), received_at=at, consent_at=at, **changes))

    async def list(self, full_name, nik=NIK):
        row = {"campaign": "test", "nik": nik, "full_name": full_name, "facility_code": "F1"}
        await self.database.write(lambda use: use.run(ADD_LISTED, **row))

    async def found(self, limit=10, at=NOW, **wanted):
        look = Search(**wanted)
        return await self.database.read(lambda use: search(use, look, now=at, limit=limit))

    async def evidence(self, case, **params):
        return await self.database.read(
            lambda use: read_evidence(use, case, name_match_min=88, params=params)
        )

    async def open(self, key="k", at=NOW, kind=CaseKind.LOST_PHONE, **more):
        new = NewCase(kind, key, "test", **more)
        return await self.database.write(lambda use: open_case(use, new, at))

    async def take(self, case_id, who, at=NOW):
        return await self.database.write(lambda use: take(use, case_id, who=who, at=at))


async def test_another_name_for_a_nik_shows_who_is_on_file_and_who_came(desk):
    number = (await desk.register()).number
    await desk.register(full_name="Budi Santoso", address=OTHER)
    await desk.list("Siti Aminah")
    [case] = await desk.found()
    seen = await desk.evidence(case)
    assert (case.kind, case.tries) == ("name_conflict", 1)
    assert (seen.on_file.number, seen.on_file.proven) == (number, (seen.on_file.address,))
    assert (seen.incoming.full_name, seen.incoming.address) == ("Budi Santoso", OTHER)
    assert (seen.roster.full_name, seen.roster.facility_code) == ("Siti Aminah", "F1")
    assert seen.differences >= {"full_name"}
    assert seen.spare


async def test_a_mistyped_nik_shows_whose_record_it_is_like(desk):
    number = (await desk.register()).number
    await desk.register(nik=SLIP)
    [case] = await desk.found()
    seen = await desk.evidence(case)
    assert (seen.kind, seen.on_file.number, seen.incoming.nik) == ("twin_nik", number, SLIP)
    assert seen.roster is None


async def test_a_contested_record_is_what_came_and_the_other_is_on_file(desk):
    number = (await desk.register()).number
    aside = (await desk.register(full_name="Zulkifli", address=MAIL)).number
    [case] = await desk.found()
    seen = await desk.evidence(case)
    assert (seen.on_file.number, seen.incoming.number) == (number, aside)
    assert (seen.incoming.standing, seen.incoming.address) == ("contested", MAIL)
    assert not seen.incoming.vouched


async def test_a_record_unlike_the_roster_is_on_file_alone(desk):
    await desk.list("Siti Aminah")
    number = (await desk.register(full_name="Zulkifli")).number
    [case] = await desk.found()
    seen = await desk.evidence(case)
    assert (seen.kind, seen.on_file.number) == ("roster_name", number)
    assert (seen.incoming, seen.roster.full_name) == (None, "Siti Aminah")


async def test_a_denied_phone_shows_the_record(desk):
    number = (await desk.register()).number
    denied = {"record_id": 1, "intent_id": "k", "field": "notice", "old": None, "new": NOT_MINE}
    at = iso_utc(NOW)
    await desk.database.write(lambda use: use.run(ADD_HISTORY, **denied, at=at))
    [case] = await desk.found(kind="phone_denied")
    assert (await desk.evidence(case)).on_file.number == number


async def test_a_number_that_is_spare_stays_the_same_until_it_is_taken(desk):
    await desk.register()
    await desk.register(full_name="Budi Santoso", address=OTHER)
    [case] = await desk.found()
    first = (await desk.evidence(case)).spare
    assert (await desk.evidence(case)).spare == first
    taken = Statement("UPDATE records SET number = :number")
    await desk.database.write(lambda use: use.run(taken, number=first))
    assert (await desk.evidence(case)).spare != first


async def test_the_version_grows_with_the_case_and_with_its_records(desk):
    await desk.register()
    await desk.register(full_name="Budi Santoso", address=OTHER)
    [case] = await desk.found()
    before = (await desk.evidence(case)).version
    await desk.register(profession="bidan")
    after = (await desk.evidence(case)).version
    assert after > before
    await desk.register(full_name="Budi Santoso", address=OTHER)
    [again] = await desk.found()
    assert again.tries == 2
    assert (await desk.evidence(again)).version > after


async def test_one_case_of_a_key_waits_at_a_time(desk):
    first = await desk.open()
    assert await desk.open() == first
    [case] = await desk.found()
    assert (case.tries, case.kind) == (2, "lost_phone")
    await desk.database.write(lambda use: use.run(DECIDE, row_id=first))
    assert await desk.open() != first


async def test_the_queue_is_read_in_pages_oldest_first(desk):
    made = [await desk.open(f"k{n}", NOW + timedelta(seconds=5 - n)) for n in range(5)]
    oldest = made[::-1]
    page = await desk.found(limit=2)
    assert [one.id for one in page] == oldest[:2]
    rest = await desk.found(after=page[-1].id)
    assert [one.id for one in rest] == oldest[2:]
    number, since = await desk.database.read(waiting)
    assert (number, since) == (5, NOW + timedelta(seconds=1))


async def test_cases_are_found_by_status_and_kind(desk):
    one, two, three = [await desk.open(f"k{n}") for n in range(3)]
    await desk.open("k3", kind=CaseKind.ERASE_REQUEST)
    await desk.take(two, "dewi")
    await desk.database.write(lambda use: use.run(DECIDE, row_id=three))
    assert {case.id for case in await desk.found(kind="lost_phone")} == {one, two}
    assert [case.id for case in await desk.found(status="open", kind="lost_phone")] == [one]
    assert [case.id for case in await desk.found(status="taken")] == [two]
    assert [case.id for case in await desk.found(status="decided")] == [three]
    assert await desk.found(status="undone") == []


async def test_cases_are_found_by_their_number_and_by_that_of_a_record(desk):
    number = (await desk.register()).number
    await desk.register(full_name="Budi Santoso", address=OTHER)
    await desk.open("lost", record_id=1)
    await desk.open("other")
    [first, second] = await desk.found(number=number)
    assert (first.kind, second.kind) == ("name_conflict", "lost_phone")
    assert await desk.found(number=first.number) == [first]
    assert await desk.found(number=number, limit=1) == [first]
    assert await desk.found(number=number, after=first.id) == [second]


async def test_a_taken_case_is_one_officials_own_for_ten_minutes(desk):
    case_id = await desk.open()
    mine = await desk.take(case_id, "dewi")
    assert (mine.status, mine.taken_by) == ("taken", "dewi")
    other = await desk.take(case_id, "rudi")
    assert isinstance(other, Conflict)
    assert (other.why, other.case.taken_by) == ("taken", "dewi")
    almost = NOW + timedelta(minutes=TAKEN_MINUTES, microseconds=-1)
    assert isinstance(await desk.take(case_id, "rudi", almost), Conflict)
    late = NOW + timedelta(minutes=TAKEN_MINUTES)
    assert (await desk.found(at=late))[0].state(late) is CaseStatus.OPEN
    assert (await desk.take(case_id, "rudi", late)).taken_by == "rudi"


async def test_who_has_taken_a_case_may_take_it_again_and_give_it_back(desk):
    case_id = await desk.open()
    await desk.take(case_id, "dewi")
    later = NOW + timedelta(minutes=5)
    assert (await desk.take(case_id, "dewi", later)).taken_until > iso_utc(later)
    for who, status in (("rudi", "taken"), ("dewi", "open")):
        case = await desk.database.write(
            lambda use, who=who: release(use, case_id, who=who, at=later)
        )
        assert case.status == status


async def test_a_decided_case_is_taken_by_nobody_and_none_by_a_wrong_id(desk):
    case_id = await desk.open()
    await desk.database.write(lambda use: use.run(DECIDE, row_id=case_id))
    refused = await desk.take(case_id, "dewi")
    assert isinstance(refused, Conflict)
    assert refused.why == "decided"
    assert await desk.take(case_id + 1, "dewi") is None
    assert isinstance(refused.case, Case)


async def test_what_nobody_vouches_for_waits_for_nobody_unless_something_contradicts_it(desk):
    await desk.register(address=MAIL, channel=Channel.EMAIL, phone=None)
    assert await desk.found() == []
    assert await desk.found(status=CaseStatus.DECIDED) == []
