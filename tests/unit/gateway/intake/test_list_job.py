"""The job that records lists: what fails is tried again, and in the end told."""

import asyncio
from datetime import timedelta
from functools import partial

from core.database.statements import Statement
from core.database.unavailable import UnavailableError
from core.outbox.answers import UNALIGNED
from core.registration.lists import stage
from gateway.intake.list_job import (
    LEASE_SECONDS,
    LIST_TRIES_MAX,
    PAUSE_SECONDS_MAX,
    ROWS_AT_ONCE,
    TRIES_MAX,
    pause_seconds,
)
from tests.fixtures.lists import READER, job_on, letter, person
from tests.fixtures.stores import Stores
from tests.scripts import START

SECOND = person(2).answers["nik"]
AGAIN = Statement("UPDATE lists SET state = 'staged', attempts = 0")
DIED = Statement("UPDATE lists SET attempts = :tries")
SPOIL = Statement("""UPDATE lists SET letter = '{"channel": 7}'""")


class Failing:
    """Carries out effects, but fails for one NIK."""

    def __init__(self, effects, error, nik):
        self.effects, self.error, self.nik = effects, error, nik
        self.under_way = self.most = 0

    async def run(self, effect):
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await asyncio.sleep(0)
            if effect.intent.nik == self.nik:
                raise self.error
            return await self.effects.run(effect)
        finally:
            self.under_way -= 1


class Unreadable:
    """Reads rows, but fails at one."""

    language = READER.language

    def read(self, message, row):
        if row.row == 2:
            raise ValueError("a bug")
        return READER.read(message, row)

    def doubt(self, rows):
        return READER.doubt(rows)


class Noted:
    """Notes how each operation is written."""

    def __init__(self, database):
        self.database, self.how = database, {}

    async def write(self, operation, **how):
        self.how[operation.func.__name__] = how
        return await self.database.write(operation, **how)


def staged(*rows, **more):
    stores = Stores()
    message = letter(*rows, **more)
    stores.database.run(partial(stage, letter=message, persons=rows))
    return stores


def after(leases):
    return START + timedelta(seconds=LEASE_SECONDS * leases)


def at_try(number):
    """Return when a list that always fails is tried for the nth time, from 1."""
    return START + timedelta(seconds=sum(map(pause_seconds, range(1, number))))


async def attempt(stores, error, at):
    job = job_on(stores)
    job.effects = Failing(stores.effects, error, SECOND)
    return await job.record_next(at)


def answers(stores):
    return [row for row in stores.rows("outbox") if "/notice" not in row[1]]


async def test_tries_are_counted_by_result():
    stores, message = Stores(), letter(person(1), person(2))
    stores.database.run(partial(stage, letter=message, persons=message.rows))
    job = job_on(stores)
    counted = partial(job.metrics.registry.get_sample_value, "satupintu_lists_total")
    job.effects = Failing(stores.effects, UnavailableError(), SECOND)
    assert not await job.record_next(after(0))
    job.effects = stores.effects
    assert await job.record_next(after(1))
    assert not await job.record_next(after(2))
    assert [counted({"result": result}) for result in ("failed", "answered")] == [1, 1]


async def test_a_row_that_fails_is_tried_again_and_in_the_end_told():
    stores = staged(person(1), person(2), person(3))
    for number in range(1, TRIES_MAX):
        assert not await attempt(stores, ValueError("a bug"), at_try(number))
        assert answers(stores) == []
    assert await attempt(stores, ValueError("a bug"), at_try(TRIES_MAX))
    assert len(stores.rows("records")) == 2
    [answer] = answers(stores)
    assert "list_fault_failed" in str(answer)


async def test_so_is_a_row_that_cannot_be_read():
    stores = staged(person(1), person(2), person(3))
    job = job_on(stores)
    job.reader = Unreadable()
    tries = map(at_try, range(1, TRIES_MAX + 1))
    assert [await job.record_next(at) for at in tries] == [False] * 4 + [True]
    assert len(stores.rows("records")) == 2
    [answer] = answers(stores)
    assert "list_fault_failed" in str(answer)


async def test_a_list_that_no_version_can_read_holds_up_no_other():
    stores = staged(person(1))
    stores.run(SPOIL)
    message = letter(person(2), n=2)
    stores.database.run(partial(stage, letter=message, persons=message.rows))
    job = job_on(stores)
    assert [await job.record_next(START) for _ in range(3)] == [False, True, False]
    assert len(answers(stores)) == 1


async def test_a_withheld_answer_is_counted_and_its_counts_are_written_alone():
    stores = staged(person(1), authentic=False, aligned=False)
    job = job_on(stores)
    job.database = noted = Noted(stores.database)
    assert await job.record_next(START)
    labels = {"reason": UNALIGNED}
    seen = job.metrics.registry.get_sample_value("satupintu_answers_withheld_total", labels)
    assert seen == 1
    assert noted.how["finish"] == {"alone": True}


async def test_a_list_waits_for_the_database_however_long_that_takes():
    stores = staged(person(1), person(2))
    for lease in range(TRIES_MAX + 3):
        assert not await attempt(stores, UnavailableError("down"), after(lease))
    assert await job_on(stores).record_next(after(TRIES_MAX + 3))
    assert len(stores.rows("records")) == 2


async def test_a_list_is_not_claimed_again_within_its_lease():
    stores = staged(person(2))
    assert not await attempt(stores, UnavailableError("down"), after(0))
    job = job_on(stores)
    assert not await job.record_next(after(1) - timedelta(microseconds=1))
    assert await job.record_next(after(1))


async def test_so_many_rows_are_recorded_at_once():
    stores = staged(*(person(n) for n in range(1, 2 * ROWS_AT_ONCE + 2)))
    job = job_on(stores)
    job.effects = failing = Failing(stores.effects, None, nik="")
    assert await job.record_next(START)
    assert failing.most == ROWS_AT_ONCE
    assert len(stores.rows("records")) == 2 * ROWS_AT_ONCE + 1


async def test_others_go_between_the_rows_that_are_read():
    job, turns = job_on(staged(*(person(n) for n in range(1, 2 * ROWS_AT_ONCE + 2)))), []

    class Watched(Unreadable):
        def read(self, message, row):
            turns.append(len(ticks))
            return READER.read(message, row)

    async def others():
        while True:
            ticks.append(1)
            await asyncio.sleep(0)

    ticks, job.reader = [], Watched()
    beside = asyncio.create_task(others())
    assert await job.record_next(START)
    beside.cancel()
    assert all(turns.count(turn) <= ROWS_AT_ONCE for turn in turns)


async def test_the_job_runs_when_it_is_nudged():
    stores, answered = staged(person(1)), asyncio.Event()
    job = job_on(stores)
    job.on_answer = answered.set
    running = asyncio.create_task(job.run())
    await asyncio.wait_for(answered.wait(), 5)
    message = letter(person(2), n=2)
    answered.clear()
    stores.database.run(partial(stage, letter=message, persons=message.rows))
    job.nudge()
    await asyncio.wait_for(answered.wait(), 5)
    running.cancel()
    assert len(stores.rows("records")) == 2


async def test_a_list_of_no_rows_is_answered():
    stores = staged()
    assert await job_on(stores).record_next(START)
    assert len(stores.rows("outbox")) == 1


class Doubtless:
    """Fails outside any row."""

    language, read = READER.language, READER.read

    def doubt(self, rows):
        raise ValueError("a bug")


async def fail(stores, tries):
    """Try a list that fails outside any row so often, each time as soon as it is due."""
    job = job_on(stores)
    job.reader = Doubtless()
    for number in range(1, tries + 1):
        assert not await job.record_next(at_try(number) - timedelta(microseconds=1))
        assert not await job.record_next(at_try(number))
    return job


async def test_a_list_that_fails_is_tried_at_growing_intervals():
    pauses = [pause_seconds(number) for number in range(1, LIST_TRIES_MAX)]
    assert pauses[:3] == [LEASE_SECONDS, 2 * LEASE_SECONDS, 4 * LEASE_SECONDS]
    assert pauses[-1] == PAUSE_SECONDS_MAX
    stores = staged(person(1))
    await fail(stores, LIST_TRIES_MAX - 1)
    assert answers(stores) == []
    assert await job_on(stores).record_next(at_try(LIST_TRIES_MAX))


async def test_in_the_end_an_official_sees_to_it_and_that_is_told():
    stores = staged(person(1))
    job = await fail(stores, LIST_TRIES_MAX)
    [answer] = answers(stores)
    assert "list_given_up" in str(answer)
    labels = {"result": "given_up"}
    assert job.metrics.registry.get_sample_value("satupintu_lists_total", labels) == 1
    assert person(1).answers["nik"] in str(stores.rows("lists"))
    assert not await job_on(stores).record_next(at_try(LIST_TRIES_MAX + 2))


async def test_a_list_that_was_given_up_can_be_recorded_after_all():
    stores = staged(person(1))
    await fail(stores, LIST_TRIES_MAX)
    stores.run(AGAIN)
    assert await job_on(stores).record_next(at_try(LIST_TRIES_MAX + 2))
    assert len(answers(stores)) == 2
    assert len(stores.rows("records")) == 1


async def test_a_store_that_is_away_costs_a_list_no_try():
    stores = staged(person(1), person(2))
    for lease in range(LIST_TRIES_MAX + 1):
        assert not await attempt(stores, UnavailableError("down"), after(lease))
    assert not await attempt(stores, ValueError("a bug"), after(LIST_TRIES_MAX + 1))
    assert answers(stores) == []


async def test_a_list_at_which_every_worker_dies_is_given_up():
    stores = staged(person(1))
    stores.database.run(lambda connection: connection.run(DIED, tries=LIST_TRIES_MAX))
    assert not await job_on(stores).record_next(START)
    assert "list_given_up" in str(answers(stores))


async def test_a_list_whose_letter_cannot_be_read_is_given_up_without_an_answer():
    stores = staged(person(1))
    stores.run(SPOIL)
    job = job_on(stores)
    for number in range(1, LIST_TRIES_MAX + 2):
        assert not await job.record_next(at_try(number))
    assert answers(stores) == []
    labels = {"result": "given_up"}
    assert job.metrics.registry.get_sample_value("satupintu_lists_total", labels) == 1
