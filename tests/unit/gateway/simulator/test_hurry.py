"""Sleepers look again when the clock is turned; an end or an error passes through."""

import asyncio

import pytest

from gateway.simulator.hurry import SLEEPERS, Hurry

LONG_SECONDS = 3_600


async def until(look):
    async with asyncio.timeout(10):
        while not look():
            await asyncio.sleep(0)


async def test_work_that_sleeps_looks_again_when_it_is_woken():
    looks, hurry = [], Hurry()

    async def work():
        looks.append(1)
        await asyncio.sleep(LONG_SECONDS)

    task = asyncio.create_task(hurry.hurried({"cases": work})["cases"]())
    for times in (1, 2, 3):
        await until(lambda times=times: len(looks) == times)
        hurry.wake()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_other_work_is_left_as_it_is():
    async def work():
        return None

    hurried = Hurry().hurried({"sender": work, "cases": work})
    assert hurried["sender"] is work
    assert hurried["cases"] is not work


async def test_an_error_of_the_work_is_not_hidden():
    async def work():
        raise LookupError

    with pytest.raises(LookupError):
        await Hurry().hurried({"cases": work})["cases"]()


async def test_a_cancelled_wrapper_leaves_no_work_behind():
    ended = []

    async def work():
        try:
            await asyncio.sleep(LONG_SECONDS)
        finally:
            ended.append(1)

    task = asyncio.create_task(Hurry().hurried({"cases": work})["cases"]())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await until(lambda: ended)


def test_the_sleepers_are_names_of_background_work():
    import inspect  # noqa: PLC0415

    from gateway.wiring import gateway  # noqa: PLC0415

    source = inspect.getsource(gateway)
    assert all(f'"{name}": ' in source for name in SLEEPERS)
