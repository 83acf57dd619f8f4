"""Lists of staff from the web in SQL: whole or not at all, by network; SQLite and PostgreSQL."""

from datetime import timedelta
from functools import partial

import pytest

from core.database.statements import Statement
from core.messages import LIST, Address, AddressKind, Channel, Prompt, Reply
from core.outbox.answers import AnswerBudget, answer_to
from core.registration.lists import claim, finish, list_key, read_list
from core.registration.web_lists import (
    LISTS_OF_NETWORK_MAX,
    ROWS_OF_NETWORK_MAX,
    TooManyRowsError,
    find_list,
    stage_whole,
)
from tests.fixtures.lists import person
from tests.scripts import START, inbound

HERE, ELSEWHERE = "net1", "net2"
DAY = timedelta(days=1)
ANSWER = Reply((Prompt("list_nobody"),), "id", ends=True)
STAGED = Statement("SELECT key FROM lists")
OUTBOX = Statement("SELECT status FROM outbox")


def given(n=1, at=START):
    browser = Address(AddressKind.WEB, f"browser{n}")
    return inbound(channel=Channel.WEB, provider=LIST, address=browser, confirms=True, at=at, n=n)


@pytest.fixture
def lists(database):
    return Lists(database)


class Lists:
    def __init__(self, database):
        self.database = database

    async def stage(self, rows, one=None, network=HERE):
        persons = tuple(person(n) for n in range(1, rows + 1))
        operation = partial(stage_whole, given=one or given(), persons=persons, network=network)
        await self.database.write(operation, alone=True)

    async def find(self, one=None):
        return await self.database.read(partial(find_list, key=list_key(one or given())))

    async def record(self):
        row = await self.database.write(partial(claim, now=START, until=START + DAY))
        staged = read_list(row)
        answer = answer_to(staged.letter, ANSWER, at=START, thread={})
        results = [(0, 1, "received")]
        operation = partial(
            finish, staged=staged, results=results, answer=answer, budget=AnswerBudget()
        )
        await self.database.write(operation, alone=True)

    async def all(self, statement):
        return await self.database.read(lambda connection: connection.all(statement))


async def test_the_page_fetches_the_answer_which_is_sent_to_nobody(lists):
    await lists.stage(2)
    assert await lists.find() == ("staged", None)
    await lists.record()
    assert await lists.find() == ("answered", ANSWER)
    assert await lists.all(OUTBOX) == [("sent",)]


async def test_another_browser_finds_nothing(lists):
    await lists.stage(2)
    assert await lists.find(given(2)) is None


async def test_the_same_list_twice_is_one_and_counts_once(lists):
    for _ in range(2):
        await lists.stage(ROWS_OF_NETWORK_MAX)
    assert len(await lists.all(STAGED)) == 1


async def test_of_a_list_that_does_not_fit_nothing_is_kept_or_counted(lists):
    await lists.stage(ROWS_OF_NETWORK_MAX - 2)
    with pytest.raises(TooManyRowsError) as told:
        await lists.stage(3, given(2))
    assert told.value.left == 2
    await lists.stage(2, given(3))
    assert len(await lists.all(STAGED)) == 2


async def test_a_network_takes_nothing_from_another_and_has_as_much_tomorrow(lists):
    await lists.stage(ROWS_OF_NETWORK_MAX)
    await lists.stage(1, given(2), ELSEWHERE)
    with pytest.raises(TooManyRowsError):
        await lists.stage(1, given(3))
    await lists.stage(1, given(4, START + DAY))


async def test_a_network_sends_so_many_lists_a_day(lists):
    for n in range(LISTS_OF_NETWORK_MAX):
        await lists.stage(1, given(n))
    with pytest.raises(TooManyRowsError) as told:
        await lists.stage(1, given(LISTS_OF_NETWORK_MAX))
    assert told.value.left == 0
