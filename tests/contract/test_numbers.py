"""Numbers that come again: the same person gets the same one, on whatever database is left."""

import asyncio

import pytest

from core.campaign import Doses, Limits
from core.cases.desk import SqlCases
from core.registration.intent import Outcome
from core.registration.number import keyed_numbers, make_number
from core.registration.numbering import NUMBERS_MAX
from core.registration.terms import Terms
from tests.contract.test_record_stores import NIK
from tests.fixtures.case_desk import HER_NAME, HERS, HIS, HIS_NAME, CaseDesk
from tests.fixtures.effects import recorder

OTHER_NIK = "3175015203880009"
NUMBER_OF = keyed_numbers(b"the secret of the gateway" * 2)
HER_NUMBER = NUMBER_OF("test", NIK, 0)
DRAWN = make_number(7)


class Desk(CaseDesk):
    """A desk whose gateway derives its numbers; where it draws one, that is `DRAWN`."""

    def __init__(self, database, number_of=NUMBER_OF):
        super().__init__(database)
        draws = {"draw_below": lambda _: 7}
        self.record = recorder(database, number_of=number_of, **draws)
        self.cases = SqlCases(database, Terms(Limits(), Doses(), number_of=number_of))

    async def end(self, status):
        """End her record as an official or a merger would: it keeps its number."""
        await self.run(
            "UPDATE records SET status = :status, standing = 'superseded'", status=status
        )


@pytest.fixture
def desk(database):
    return Desk(database)


async def test_whoever_registers_again_after_a_loss_gets_the_number_they_were_told(desk):
    told = await desk.register(HERS)
    for table in ("addresses", "outbox", "intents", "records"):
        await desk.run(f"DELETE FROM {table}")  # noqa: S608
    await desk.register(HIS, HIS_NAME, nik=OTHER_NIK)
    again = await desk.register(HERS)
    assert told == again == Outcome(kind="registered", number=HER_NUMBER)


async def test_a_number_that_another_person_has_is_passed_over(desk):
    await desk.register(HIS, HIS_NAME, nik=OTHER_NIK)
    await desk.run("UPDATE records SET number = :number", number=HER_NUMBER)
    assert (await desk.register(HERS)).number == NUMBER_OF("test", NIK, 1)


@pytest.mark.parametrize("status", ["withdrawn", "merged", "superseded"])
async def test_a_record_that_has_ended_keeps_its_number(status, desk):
    await desk.register(HERS)
    for n in range(1, 4):
        await desk.end(status)
        assert (await desk.register(HERS)).number == NUMBER_OF("test", NIK, n)


async def test_where_all_numbers_of_a_nik_are_taken_one_is_drawn(database):
    tried = []

    def number_of(_campaign, _nik, n):
        tried.append(n)
        return HER_NUMBER

    desk = Desk(database, number_of)
    await desk.register(HIS, HIS_NAME, nik=OTHER_NIK)
    assert (await desk.register(HERS)).number == DRAWN
    assert tried == [0, *range(NUMBERS_MAX)]


async def test_the_same_person_at_once_by_two_ways_is_one_record(desk):
    await asyncio.gather(*(desk.register(HERS) for _ in range(8)))
    assert await desk.all("SELECT number, nik FROM records") == [(HER_NUMBER, NIK)]


async def test_a_record_that_a_decision_makes_has_a_number_of_its_nik(desk):
    await desk.register(HIS, HIS_NAME)
    await desk.register(HERS, HER_NAME)
    await desk.list()
    shown = await desk.only()
    assert shown.evidence.spare == NUMBER_OF("test", NIK, 1)
    previewed = await desk.preview(shown, "hand_over")
    assert previewed.evidence.spare == shown.evidence.spare
    await desk.decide(shown, "hand_over")
    assert [row[0] for row in await desk.records()] == [HER_NUMBER, shown.evidence.spare]
