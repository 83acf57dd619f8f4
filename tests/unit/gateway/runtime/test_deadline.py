"""A time limit for many tasks: what is overdue is cancelled, and told as uncertain."""

import asyncio
from time import monotonic

import pytest

from core.database.unavailable import UnavailableError
from gateway.runtime.deadline import Deadline, OverdueError


async def run_within(deadline, work):
    with deadline:
        return await work


async def begun(deadline, count):
    for _ in range(100):
        await asyncio.sleep(0)
    assert len(deadline) == count


async def test_what_is_quick_is_left_alone():
    deadline = Deadline(5)
    assert await run_within(deadline, asyncio.sleep(0, "done")) == "done"
    assert len(deadline) == 0


async def test_what_is_overdue_ends_as_not_certain():
    deadline = Deadline(5)
    task = asyncio.create_task(run_within(deadline, asyncio.Event().wait()))
    await begun(deadline, 1)
    now = monotonic()
    deadline.cancel_overdue(now + 4.9)
    await asyncio.sleep(0)
    assert not task.done()
    deadline.cancel_overdue(now + 5.1)
    deadline.cancel_overdue(now + 5.2)
    with pytest.raises(OverdueError):
        await task
    assert issubclass(OverdueError, UnavailableError)
    assert len(deadline) == 0


async def test_a_task_that_was_overdue_can_go_on():
    deadline = Deadline(5)

    async def twice():
        with pytest.raises(OverdueError):
            await run_within(deadline, asyncio.Event().wait())
        return await run_within(deadline, asyncio.sleep(0, "done"))

    task = asyncio.create_task(twice())
    await begun(deadline, 1)
    deadline.cancel_overdue(monotonic() + 6)
    assert await task == "done"


async def test_only_the_overdue_are_cancelled():
    deadline = Deadline(5)
    old = asyncio.create_task(run_within(deadline, asyncio.Event().wait()))
    await begun(deadline, 1)
    then = monotonic()
    free = asyncio.Event()
    young = asyncio.create_task(run_within(deadline, free.wait()))
    await begun(deadline, 2)
    deadline.cancel_overdue(then + 5)
    with pytest.raises(OverdueError):
        await old
    free.set()
    assert await young


async def test_a_cancelling_from_outside_stays_one():
    deadline = Deadline(5)
    task = asyncio.create_task(run_within(deadline, asyncio.Event().wait()))
    await begun(deadline, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_one_that_is_overdue_and_cancelled_from_outside_ends():
    deadline = Deadline(5)
    task = asyncio.create_task(run_within(deadline, asyncio.Event().wait()))
    await begun(deadline, 1)
    deadline.cancel_overdue(monotonic() + 6)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_watch_cancels_by_itself():
    deadline = Deadline(0.01)
    watch = asyncio.create_task(deadline.watch())
    with pytest.raises(OverdueError):
        await run_within(deadline, asyncio.Event().wait())
    watch.cancel()
