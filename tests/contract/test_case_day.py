"""A day of complaints: what rules close, what is left to officials, and that it is right."""

from collections import Counter

import pytest

from core.cases.sweep import RULE, CaseSweep
from core.database.in_memory import InMemoryDatabase
from core.fields.nik import parse_nik
from tests.fixtures.case_desk import NOW, CaseDesk
from tests.fixtures.complaints import LATER, MIX, complain, complaints

COUNT = 300
CLOSED_MIN = 80  # percent


class Day(CaseDesk):
    """A desk with many people."""

    async def id_of(self, nik):
        [(row_id,)] = await self.all("SELECT id FROM records WHERE nik = :nik", nik=nik)
        return row_id

    async def register(self, address, name, *, nik):
        born = parse_nik(nik, today=NOW.date()).birth_date
        return await super().register(address, name, nik=nik, birth_date=born)

    async def list(self, full_name, nik, phone=None):
        await super().list(full_name, nik)
        await self.run("UPDATE roster SET phone = :phone WHERE nik = :nik", phone=phone, nik=nik)

    async def sweep(self):
        """Go through the queue until a round is over."""
        rules = CaseSweep(self.database, self.cases, "a")
        while await rules.sweep(now=LATER):
            pass


async def simulate(database, count):
    """Let so many people complain, and rules decide; return the desk and the complaints."""
    day, people = Day(database), complaints(count)
    for one in people:
        await complain(day, one)
    await day.sweep()
    return day, people


@pytest.fixture
async def simulated():
    return await simulate(InMemoryDatabase(), COUNT)


async def test_rules_close_most_of_a_day_and_leave_what_only_a_human_can_tell(simulated):
    day, people = simulated
    await check(day, people)


async def check(day, people):
    """See that what is easy is closed, what is hard waits, and nothing is in review unseen."""
    hard = Counter(one.kind for one in people if one.hard)
    waiting = await day.all("SELECT nik, decided_by FROM cases WHERE status <> 'decided'")
    closed = await day.all("SELECT decided_by FROM cases WHERE status = 'decided'")
    assert {one.kind for one in people} == set(MIX)
    assert {nik for nik, _ in waiting} <= {
        nik for one in people if one.hard for nik in (one.nik, one.slipped)
    }
    assert 0.99 * hard.total() <= len(waiting) <= hard.total()  # by chance NIKs may meet
    assert 100 * (len(people) - len(waiting)) // len(people) >= CLOSED_MIN
    assert {who for (who,) in closed} <= {RULE, "registry"}
    unseen = """
        SELECT number FROM records
        WHERE status = 'in_review'
            AND NOT EXISTS (
                SELECT 1 FROM cases WHERE record_id = records.id AND status <> 'decided'
            )
    """
    assert await day.all(unseen) == []


async def test_every_easy_person_holds_the_own_nik_in_the_own_name(simulated):
    day, people = simulated
    held = dict(await day.all("SELECT nik, full_name FROM records WHERE standing = 'held'"))
    for one in people:
        if not one.hard:
            nik = one.slipped if one.kind == "nik" else one.nik
            assert held[nik] in (one.name, one.short)
