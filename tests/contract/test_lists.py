"""Lists of staff in SQL, the same on both databases."""

from datetime import timedelta
from functools import partial

import pytest

from core.database.statements import Statement
from core.messages import Prompt, Reply
from core.outbox.answers import AnswerBudget
from core.outbox.message import Outgoing
from core.registration.lists import (
    LISTS_A_DAY_MAX,
    LISTS_UNVOUCHED_A_DAY_MAX,
    ROWS_MAX,
    ROWS_UNVOUCHED_MAX,
    claim,
    erase_older,
    finish,
    list_key,
    read_list,
    stage,
)
from tests.fixtures.lists import letter, person
from tests.scripts import START

LEASE, DAY = timedelta(seconds=60), timedelta(days=1)
OUTBOX = Statement("SELECT key FROM outbox")
PERSONS = Statement("SELECT persons, results, state FROM lists")


@pytest.fixture
def lists(database):
    return Lists(database)


class Lists:
    def __init__(self, database):
        self.database = database

    async def stage(self, message, rows=None, notes=()):
        rows = message.rows if rows is None else rows
        await self.database.write(partial(stage, letter=message, persons=rows, notes=notes))

    async def claim(self, now=START):
        row = await self.database.write(partial(claim, now=now, until=now + LEASE))
        return row and read_list(row)

    async def finish(self, staged):
        message = staged.letter
        answer = Outgoing(
            key=list_key(message),
            channel=message.channel,
            address=message.address,
            reply=Reply((Prompt("list_nobody"),), "id"),
            created_at=START,
        )
        results = [(0, one.row, "registered") for one in staged.persons]
        operation = partial(
            finish, staged=staged, results=results, answer=answer, budget=AnswerBudget()
        )
        return await self.database.write(operation)

    async def all(self, statement):
        return await self.database.read(lambda connection: connection.all(statement))


async def test_a_list_is_claimed_as_it_was_staged(lists):
    note = Prompt("list_file_sheets", {"part": "1"})
    message = letter(person(1), person(2, part=1), thread={"subject": "Daftar"})
    await lists.stage(message, notes=[note])
    staged = await lists.claim()
    assert staged.persons == message.rows
    assert staged.notes == (note,)
    assert (staged.letter.address, staged.letter.thread) == (message.address, message.thread)
    assert staged.letter.authentic
    assert staged.letter.rows == ()
    assert staged.attempts == 1


async def test_a_list_is_claimed_by_one_worker_until_its_lease_ends(lists):
    await lists.stage(letter(person(1)))
    assert await lists.claim()
    assert await lists.claim() is None
    assert (await lists.claim(START + LEASE)).attempts == 2


async def test_a_letter_delivered_again_is_staged_once_also_when_it_was_answered(lists):
    message = letter(person(1))
    await lists.stage(message)
    await lists.stage(message)
    assert await lists.finish(await lists.claim()) == ""
    await lists.stage(message)
    assert await lists.claim(START + LEASE) is None
    assert len(await lists.all(OUTBOX)) == 1


async def test_two_workers_that_both_finish_a_list_answer_it_once(lists):
    await lists.stage(letter(person(1)))
    first = await lists.claim()
    second = await lists.claim(START + LEASE)
    assert await lists.finish(second) == ""
    assert await lists.finish(first) is None
    assert len(await lists.all(OUTBOX)) == 1


async def test_an_answered_list_keeps_results_and_nobody_s_data(lists):
    await lists.stage(letter(person(1)))
    await lists.finish(await lists.claim())
    [(persons, results, state)] = await lists.all(PERSONS)
    assert (persons, results, state) == ("[]", '[[0,1,"registered"]]', "answered")


async def test_lists_of_authentic_letters_go_first(lists):
    await lists.stage(letter(person(1), authentic=False, n=1))
    await lists.stage(letter(person(2), n=2))
    assert (await lists.claim()).letter.authentic
    assert not (await lists.claim()).letter.authentic


@pytest.mark.parametrize(("authentic", "most"), [(True, ROWS_MAX), (False, ROWS_UNVOUCHED_MAX)])
async def test_so_many_rows_are_kept_and_no_more(lists, authentic, most):
    rows = [person(n) for n in range(1, most + 2)]
    await lists.stage(letter(n=1, authentic=authentic), rows[:most])
    await lists.stage(letter(n=2, authentic=authentic, at=START + DAY), rows)
    whole = await lists.claim()
    await lists.finish(whole)
    cut = await lists.claim(START + DAY)
    assert (whole.persons, whole.notes) == (tuple(rows[:most]), ())
    assert cut.persons == tuple(rows[:most])
    assert cut.notes == (Prompt("list_too_long", {"count": str(most)}),)


@pytest.mark.parametrize(
    ("authentic", "most"), [(True, LISTS_A_DAY_MAX), (False, LISTS_UNVOUCHED_A_DAY_MAX)]
)
async def test_so_many_lists_of_a_mailbox_are_read_in_a_day(lists, authentic, most):
    for n in range(most + 1):
        await lists.stage(letter(person(n + 1), n=n, authentic=authentic))
    staged = [await lists.claim() for _ in range(most + 1)]
    assert [len(one.persons) for one in staged] == [1] * most + [0]
    assert staged[-1].notes == (Prompt("list_too_often"),)
    await lists.stage(letter(person(1), n=most + 1, authentic=authentic, at=START + DAY))
    tomorrow = [await lists.claim(START + DAY) for _ in range(most + 2)]
    assert len(tomorrow[-1].persons) == 1


async def test_rows_of_strangers_are_counted_by_day_over_all_their_lists(lists):
    rows = [person(n) for n in range(1, ROWS_UNVOUCHED_MAX + 1)]
    await lists.stage(letter(n=1, authentic=False), rows[:-1])
    await lists.stage(letter(n=1, authentic=False), rows[:-1])  # delivered again
    await lists.stage(letter(n=2, authentic=False), rows)
    await lists.stage(letter(n=3, authentic=False), rows)
    kept = [await lists.claim() for _ in range(3)]
    assert [len(one.persons) for one in kept] == [ROWS_UNVOUCHED_MAX - 1, 1, 0]
    assert kept[1].notes == (Prompt("list_too_long", {"count": "1"}),)
    assert kept[2].notes == (Prompt("list_too_often"),)


async def test_forged_lists_use_up_nothing_of_the_authentic_ones(lists):
    for n in range(LISTS_UNVOUCHED_A_DAY_MAX + 1):
        await lists.stage(letter(person(1), n=n, authentic=False))
    await lists.stage(letter(person(2), n=99))
    assert (await lists.claim()).persons == (person(2),)


async def test_old_lists_are_erased_once_answered(lists):
    await lists.stage(letter(person(1), n=1))
    await lists.finish(await lists.claim())
    await lists.stage(letter(person(2), n=2))
    erase = partial(erase_older, before=START, limit=9)
    assert await lists.database.write(erase) == 0
    erase = partial(erase_older, before=START + timedelta(seconds=1), limit=9)
    assert await lists.database.write(erase) == 1
    assert await lists.claim()
