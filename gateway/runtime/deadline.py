"""A time limit on many tasks at once, with one timer for all of them.

`asyncio.timeout` sets a timer a request; at a national peak that is a fifth of a turn. All turns
have the same limit, so the one that began first is due first, and looking at the oldest will do.
"""

import asyncio
from time import monotonic
from types import TracebackType

from core.database.unavailable import UnavailableError

LOOK_SECONDS = 0.25


class OverdueError(UnavailableError):
    """It took longer than it may; it is not known how far it got."""


class Deadline:
    """`with deadline:` around what may take `seconds`; `watch()` must run beside it.

    A task may be within only one such block at a time.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._begun: dict[asyncio.Task[object], float] = {}
        self._overdue: set[asyncio.Task[object]] = set()

    def __len__(self) -> int:
        """Return how many are at work."""
        return len(self._begun)

    def __enter__(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        assert task not in self._begun
        self._begun[task] = monotonic()

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
        """Cancel what is overdue, for as long as this runs."""
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, self.seconds))
            self.cancel_overdue(monotonic())

    def cancel_overdue(self, now: float) -> None:
        """Cancel what has been at work for longer than allowed."""
        for task, begun in self._begun.items():
            if now - begun < self.seconds:
                return
            if task not in self._overdue:
                self._overdue.add(task)
                task.cancel()
