"""A time limit on many tasks at once, with one timer for all of them.

`asyncio.timeout` sets a timer for each request: a fifth of the CPU of a turn. All turns have the
same limit, so they fall due in the order in which they began.
"""

import asyncio
from collections.abc import Callable
from time import monotonic
from types import TracebackType

from core.database.unavailable import UnavailableError

CHECK_SECONDS = 0.25


class OverdueError(UnavailableError):
    """A turn took too long; how far it got is unknown."""


class Deadline:
    """`with deadline:` cancels its task after `seconds` and raises `OverdueError`.

    `watch()` must run meanwhile. A task may be in only one such block at a time.
    """

    def __init__(self, seconds: float, *, now: Callable[[], float] = monotonic) -> None:
        self.seconds, self._now = seconds, now
        self._begun: dict[asyncio.Task[object], float] = {}
        self._overdue: set[asyncio.Task[object]] = set()

    def __len__(self) -> int:
        """Return how many tasks are in such a block."""
        return len(self._begun)

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        assert task not in self._begun
        self._begun[task] = self._now()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        del self._begun[task]
        if not self._overdue or task not in self._overdue:
            return
        self._overdue.discard(task)
        if kind is asyncio.CancelledError and task.uncancel() == 0:
            raise OverdueError

    async def watch(self) -> None:
        """Cancel overdue tasks, for as long as this runs."""
        while True:
            await asyncio.sleep(min(CHECK_SECONDS, self.seconds))
            self.cancel_overdue(self._now())

    def cancel_overdue(self, now: float) -> None:
        """Cancel the tasks that began `seconds` or more before `now` (monotonic)."""
        for task, begun in self._begun.items():
            if now - begun < self.seconds:
                return
            if task not in self._overdue:
                self._overdue.add(task)
                task.cancel()
