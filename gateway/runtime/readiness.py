"""Whether to send people here: parts are tried at most once a second, and turns are watched."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from core.database.unavailable import UnavailableError

KEEP_SECONDS: Final = 1.0  # that an answer is good for
SPAN_SECONDS: Final = 1.0  # turns of this one and the one before are looked at
TURNS_MIN: Final = 10  # fewer say nothing

ReadinessCheck = Callable[[], Awaitable[object]]


class Shared:
    """A check that any number of pollers ask for, and that they share."""

    def __init__(self, check: ReadinessCheck, *, now: Callable[[], float] = monotonic) -> None:
        self._check, self._now = check, now
        self._begun = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Raise what the check raised; run it only where its last answer is too old."""
        task, now = self._task, self._now()
        if task is None or (task.done() and now - self._begun >= KEEP_SECONDS):
            self._begun, self._task = now, (task := asyncio.create_task(self._run()))
            task.add_done_callback(_look_at)
        await asyncio.shield(task)

    async def _run(self) -> None:
        await self._check()


class Recent:
    """How the turns of the last one to two seconds went."""

    def __init__(self) -> None:
        self._ends = 0.0
        self._turns = self._unsure = 0
        self._turns_before = self._unsure_before = 0

    def note(self, *, sure: bool, now: float) -> None:
        """Count a turn."""
        if now >= self._ends:
            self._begin(now)
        self._turns += 1
        if not sure:
            self._unsure += 1

    def is_bad(self, now: float) -> bool:
        """Say whether most turns had no sure end."""
        if now >= self._ends:
            self._begin(now)
        turns = self._turns + self._turns_before
        return turns >= TURNS_MIN and 2 * (self._unsure + self._unsure_before) > turns

    async def check(self) -> None:
        """Raise `UnavailableError` where most turns had no sure end."""
        if self.is_bad(monotonic()):
            raise UnavailableError("most turns have no sure end", cause="unsure")

    def _begin(self, now: float) -> None:
        next_one = now < self._ends + SPAN_SECONDS
        self._turns_before = self._turns if next_one else 0
        self._unsure_before = self._unsure if next_one else 0
        self._turns = self._unsure = 0
        self._ends = now + SPAN_SECONDS


def _look_at(task: asyncio.Task[None]) -> None:
    """Take note of how it ended, in case that nobody waits any more."""
    if not task.cancelled():
        task.exception()
