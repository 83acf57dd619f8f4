"""Readiness: many pollers cost one look a second, and turns that go wrong are seen."""

import asyncio

import pytest

from core.database.unavailable import UnavailableError
from gateway.runtime.readiness import KEEP_SECONDS, SPAN_SECONDS, TURNS_MIN, Recent, SharedCheck


class Part:
    """A part that counts how often it was tried, and answers when it is let go."""

    def __init__(self):
        self.tried, self.now, self.error = 0, 0.0, None
        self.go = asyncio.Event()
        self.go.set()

    async def look(self):
        self.tried += 1
        await self.go.wait()
        if self.error is not None:
            raise self.error


@pytest.fixture
def part():
    return Part()


@pytest.fixture
def shared(part):
    return SharedCheck(part.look, now=lambda: part.now)


async def test_pollers_of_one_moment_share_one_look(part, shared):
    part.go.clear()
    polls = [asyncio.create_task(shared()) for _ in range(50)]
    await asyncio.sleep(0)
    part.go.set()
    await asyncio.gather(*polls)
    assert part.tried == 1


@pytest.mark.parametrize(("later", "tried"), [(KEEP_SECONDS - 0.01, 1), (KEEP_SECONDS, 2)])
async def test_an_answer_is_good_for_a_moment(later, tried, part, shared):
    await shared()
    part.now = later
    await shared()
    assert part.tried == tried


async def test_a_failure_is_raised_to_all_and_then_checked_again(part, shared):
    part.error = UnavailableError()
    for _ in range(3):
        with pytest.raises(UnavailableError):
            await shared()
    assert part.tried == 1
    part.now, part.error = KEEP_SECONDS, None
    await shared()


async def test_a_poller_who_leaves_does_not_end_the_look_of_the_others(part, shared):
    part.go.clear()
    left, stays = (asyncio.create_task(shared()) for _ in range(2))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.sleep(0)
    part.now = 10 * KEEP_SECONDS  # a look that hangs is not joined by another
    late = asyncio.create_task(shared())
    await asyncio.sleep(0)
    part.go.set()
    await asyncio.gather(stays, late)
    assert part.tried == 1


def noted(sure, unsure, now=5.0):
    recent = Recent()
    for index in range(sure + unsure):
        recent.note(sure=index < sure, now=now)
    return recent


@pytest.mark.parametrize(
    ("sure", "unsure", "bad"),
    [
        (0, TURNS_MIN - 1, False),
        (0, TURNS_MIN, True),
        (TURNS_MIN, TURNS_MIN, False),
        (TURNS_MIN, TURNS_MIN + 1, True),
        (100, 0, False),
    ],
)
def test_more_than_half_of_enough_turns_is_bad(sure, unsure, bad):
    assert noted(sure, unsure).is_bad(5.0) is bad


@pytest.mark.parametrize(
    ("later", "bad"), [(0, True), (2 * SPAN_SECONDS - 0.01, True), (2 * SPAN_SECONDS, False)]
)
def test_what_is_long_ago_is_forgotten(later, bad):
    assert noted(0, TURNS_MIN).is_bad(5.0 + later) is bad


def test_the_span_before_counts_too():
    recent = noted(0, TURNS_MIN - 1)
    recent.note(sure=False, now=5.0 + SPAN_SECONDS)
    assert recent.is_bad(5.0 + SPAN_SECONDS)
