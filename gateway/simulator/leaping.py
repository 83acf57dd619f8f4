"""A turn of the clock that passes through the moments at which queued messages are due.

A leap past such a moment would find a reminder too late to be sent.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from time import monotonic
from typing import Final

from core.database.database import Database
from core.database.statements import Connection, Statement, column_list, iso_utc
from core.database.unavailable import UnavailableError
from gateway.runtime.clock import TurnedClock

STEPS_MAX: Final = 50  # then it leaps
LEAP_SECONDS_MAX: Final = 10.0  # likewise
STEP_SECONDS_MAX: Final = 0.5  # that a step waits for what is due to be sent
LOOK_SECONDS: Final = 0.01
WAITED_MAX: Final = 256  # messages that a step waits for

_NEXT = Statement("""
    SELECT MIN(due_at)
    FROM outbox
    WHERE status = 'queued'
        AND held_by IS NULL
        AND due_at > :now
""")
_DUE = Statement(
    """
    SELECT {columns}
    FROM outbox
    WHERE status = 'queued'
        AND due_at > :since
        AND due_at <= :now
    ORDER BY due_at, id
    LIMIT :limit
    """,
    columns=column_list(("id", "not_before")),
)
# One that is put off until the quiet hours end is first due then.
_WAITING = Statement("""
    SELECT 1
    FROM outbox
    WHERE id = :row_id
        AND status = 'queued'
        AND not_before = :not_before
""")
_Row = tuple[int, str]  # of `_DUE`


@dataclass(slots=True, kw_only=True)
class Leaping:
    """Turns the clock in steps; `nudge` wakes the sender."""

    clock: TurnedClock
    database: Database
    nudge: Callable[[], None]
    now: Callable[[], float] = monotonic
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def turn(self, ahead_seconds: int) -> None:
        """Let the clock be so far ahead; raise `ValueError` where `TurnedClock.turn` does."""
        self.clock.check(ahead_seconds)
        async with self._one:
            with suppress(UnavailableError):  # nothing can be sent now, either
                if ahead_seconds > self.clock.ahead_seconds:
                    await self._step_to(ahead_seconds)
            self.clock.turn(ahead_seconds)

    async def _step_to(self, ahead_seconds: int) -> None:
        """Step to each moment at which messages are due, and let them be sent."""
        ends, since = self.now() + LEAP_SECONDS_MAX, ""
        for _ in range(STEPS_MAX):
            at = iso_utc(self.clock())
            await self._settle(since, at)
            due = await self.database.read(partial(_next, now=at))
            if due is None or self.clock.ahead_seconds == ahead_seconds or self.now() >= ends:
                return
            ahead = ceil((due - self.clock.base()) / timedelta(seconds=1))
            self.clock.turn(min(max(ahead, self.clock.ahead_seconds), ahead_seconds))
            since = at

    async def _settle(self, since: str, at: str) -> None:
        """Wait until what fell due after `since` is sent, put off or dead."""
        left = await self.database.read(partial(_due, since=since, now=at))
        if left:
            self.nudge()
        ends = self.now() + STEP_SECONDS_MAX
        while left and self.now() < ends:
            await asyncio.sleep(LOOK_SECONDS)
            left = await self.database.read(partial(_waiting, among=left))


def _next(connection: Connection, now: str) -> datetime | None:
    row = connection.one(_NEXT, now=now)
    return datetime.fromisoformat(row[0]) if row and row[0] else None


def _due(connection: Connection, since: str, now: str) -> Sequence[_Row]:
    rows = connection.all(_DUE, since=since, now=now, limit=WAITED_MAX)
    return [(row[0], row[1]) for row in rows]


def _waiting(connection: Connection, among: Sequence[_Row]) -> Sequence[_Row]:
    """Return those that are still queued, and were not put off."""
    return [one for one in among if connection.one(_WAITING, row_id=one[0], not_before=one[1])]
