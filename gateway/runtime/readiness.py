"""Readiness: checks of the stores, run at most once a second, and the results of recent turns."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from core.database.unavailable import UnavailableError

KEEP_SECONDS: Final = 1.0  # that the result of a check is reused
SPAN_SECONDS: Final = 1.0  # turns of this span and the one before count
TURNS_MIN: Final = 10  # fewer prove nothing

ReadinessCheck = Callable[[], Awaitable[object]]


class SharedCheck:
    """A check whose result any number of pollers share."""

    def __init__(self, check: ReadinessCheck, *, now: Callable[[], float] = monotonic) -> None:
        self._check, self._now = check, now
        self._begun = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __call__(self) -> None:
        """Raise what the check raised; run it only if its last result is too old."""
        task, now = self._task, self._now()
        if task is None or (task.done() and now - self._begun >= KEEP_SECONDS):
            self._begun, self._task = now, (task := asyncio.create_task(self._run()))
            task.add_done_callback(_retrieve_exception)
        await asyncio.shield(task)

    async def _run(self) -> None:
        await self._check()


class Recent:
    """Results of the turns of the last one to two seconds."""

    def __init__(self) -> None:
        self._ends = 0.0
        self._turns = self._unsure = 0
        self._turns_before = self._unsure_before = 0

    def note(self, *, sure: bool, now: float) -> None:
        """Count a turn; `sure` if it is known whether it was carried out."""
        if now >= self._ends:
            self._begin(now)
        self._turns += 1
        if not sure:
            self._unsure += 1

    def is_bad(self, now: float) -> bool:
        """Return True if most recent turns ended unsure."""
        if now >= self._ends:
            self._begin(now)
        turns = self._turns + self._turns_before
        return turns >= TURNS_MIN and 2 * (self._unsure + self._unsure_before) > turns

    async def check(self) -> None:
        """Raise `UnavailableError` if most recent turns ended unsure."""
        if self.is_bad(monotonic()):
            raise UnavailableError("most turns have no sure end", cause="unsure")

    def _begin(self, now: float) -> None:
        next_one = now < self._ends + SPAN_SECONDS
        self._turns_before = self._turns if next_one else 0
        self._unsure_before = self._unsure if next_one else 0
        self._turns = self._unsure = 0
        self._ends = now + SPAN_SECONDS


def _retrieve_exception(task: asyncio.Task[None]) -> None:
    """Keep asyncio from warning when every poller has gone."""
    if not task.cancelled():
        task.exception()
