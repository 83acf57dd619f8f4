"""Faults on purpose: a store out of reach for a while, an answer late or lost, a message twice."""

from collections.abc import Callable
from time import monotonic
from typing import Any, Final, TypeVar

from typing_extensions import override

from core.database.causes import Report
from core.database.database import Database, Observe, ignore_seconds
from core.database.drivers import Driver
from core.database.group_commit import Executor
from core.database.statements import Connection
from core.database.unavailable import UnavailableError
from core.turns.redis_calls import Calls

T = TypeVar("T")

STORES: Final = ("redis", "sql")
AWAY_SECONDS_MAX: Final = 120  # that a store is out of reach
LATE_SECONDS_MAX: Final = 20  # more than any network waits
# What can break, but for the process itself, and for how many seconds at most.
SECONDS_MAX: Final[dict[str, int]] = {
    **dict.fromkeys(STORES, AWAY_SECONDS_MAX),
    **dict.fromkeys(("late", "lost", "twice"), LATE_SECONDS_MAX),  # the next message to us
    **dict.fromkeys(("busy", "silent", "nobody"), LATE_SECONDS_MAX),  # the next message of ours
}
CAUSE: Final = "refused"  # as if nothing listened


class Faults:
    """What is broken, and until when; `once` holds what happens to the next message."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._until: dict[str, float] = {}
        self.once: dict[str, int] = {}  # kind to seconds

    def begin(self, kind: str, seconds: int) -> None:
        """Break it: a store for so long, else what comes next, once; 0 gives it back."""
        if kind in STORES:
            self._until[kind] = self._now() + seconds
        elif not seconds:
            self.once.pop(kind, None)
        else:
            self.once[kind] = seconds

    def left(self) -> dict[str, int]:
        """Return what is still broken, and for how many seconds, rounded up."""
        now = self._now()
        lasting = {store: -int((now - until) // 1) for store, until in self._until.items()}
        return {store: seconds for store, seconds in lasting.items() if seconds > 0} | self.once

    def check(self, store: str, report: Report) -> None:
        """Raise `UnavailableError` while the store is out of reach."""
        if self._until and self._now() < self._until.get(store, 0.0):
            report(CAUSE)
            raise UnavailableError("out of reach on purpose", cause=CAUSE)


class FaultyCalls:
    """Calls to Redis that fail while it is out of reach."""

    def __init__(self, calls: Calls, faults: Faults, report: Report) -> None:
        self._calls, self._faults, self._report = calls, faults, report
        self.close = calls.close

    async def call(self, *args: Any) -> Any:
        """Call, unless it is out of reach."""
        self._faults.check("redis", self._report)
        return await self._calls.call(*args)

    async def load(self, code: str) -> None:
        """Load, unless it is out of reach."""
        self._faults.check("redis", self._report)
        await self._calls.load(code)


class FaultyDatabase(Database):
    """A database that fails while it is out of reach."""

    def __init__(
        self,
        driver: Driver,
        faults: Faults,
        report: Report,
        observe: Observe = ignore_seconds,
    ) -> None:
        super().__init__(driver, report=report, observe=observe)
        self._faults, self._reports = faults, report

    @override
    async def _submit(
        self, executor: Executor, operation: Callable[[Connection], T], **more: Any
    ) -> T:
        self._faults.check("sql", self._reports)
        return await super()._submit(executor, operation, **more)
