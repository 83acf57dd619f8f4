"""Ten thousand complaints of a day: most need no official."""

from core.database.in_memory import InMemoryDatabase
from tests.contract.test_case_day import check, simulate


async def test_ten_thousand_complaints_need_few_officials():
    day, people = await simulate(InMemoryDatabase(), 10_000)
    await check(day, people)
