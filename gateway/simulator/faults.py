"""Faults on purpose: a store out of reach for a while, an answer late or lost, a message twice."""

from collections.abc import Callable
from time import monotonic
from typing import Any, Final, Literal, TypeVar

from typing_extensions import override

from core.database.causes import Report
from core.database.database import Database
from core.database.drivers import Driver
from core.database.group_commit import Executor
from core.database.statements import Connection
from core.database.unavailable import UnavailableError
from core.turns.redis_calls import Calls

T = TypeVar("T")

Store = Literal["redis", "sql"]
STORES: Final[tuple[Store, ...]] = ("redis", "sql")
SECONDS_MAX: Final = 120  # that a store is out of reach
LATE_SECONDS_MAX: Final = 20  # more than any network waits
CAUSE: Final = "refused"  # as if nothing listened


class Faults:
    """What is broken, and until when; `once` holds what happens to the next message."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._until: dict[Store, float] = {}
        self.once: dict[str, int] = {}  # kind to seconds: late, lost, twice

    def take_away(self, store: Store, seconds: int) -> None:
        """Let the store be out of reach for so long; 0 gives it back."""
        self._until[store] = self._now() + seconds

    def left(self) -> dict[str, int]:
        """Return what is still broken, and for how many seconds, rounded up."""
        now = self._now()
        lasting = {store: -int((now - until) // 1) for store, until in self._until.items()}
        return {store: seconds for store, seconds in lasting.items() if seconds > 0} | self.once

    def check(self, store: Store, report: Report) -> None:
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

    def __init__(self, driver: Driver, faults: Faults, report: Report) -> None:
        super().__init__(driver, report=report)
        self._faults, self._reports = faults, report

    @override
    async def _submit(
        self, executor: Executor, operation: Callable[[Connection], T], **more: Any
    ) -> T:
        self._faults.check("sql", self._reports)
        return await super()._submit(executor, operation, **more)
