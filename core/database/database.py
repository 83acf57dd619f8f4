"""A SQL database for an event loop: operations share transactions, and so their fsync.

An operation is a plain function of a `Connection`. It may run more than once, each time after what
it wrote was rolled back, so it does nothing but SQL. Its result is returned after the commit.
"""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import TypeVar

from core.database.causes import Report, ignore_cause
from core.database.drivers import Driver, driver_for
from core.database.group_commit import Executor
from core.database.links import Job
from core.database.statements import Connection
from core.database.unavailable import UnavailableError
from core.database.unlocking import DatabaseKeys

T = TypeVar("T")
Observe = Callable[[str, float], None]

QUEUE_MAX = 8_192  # operations in one queue; further ones fail at once


def ignore_seconds(_kind: str, _seconds: float) -> None:
    """Observe nothing."""


class Database:
    """Runs operations; connects for the first one, and again after a connection is lost.

    `report` is called with the cause of each error of the database, from any thread; `observe`
    with `read` or `write` and the seconds from asking to answer, waiting included, whatever came.
    """

    def __init__(
        self,
        driver: Driver,
        *,
        report: Report = ignore_cause,
        observe: Observe = ignore_seconds,
    ) -> None:
        self._report, self._observe = report, observe
        self._writing = Executor(driver, driver.writing, report=report)
        self._reading = Executor(driver, driver.reading, fallback=self._writing, report=report)
        self._closed = False

    async def write(
        self,
        operation: Callable[[Connection], T],
        *,
        alone: bool = False,
        keys: Iterable[int] = (),
    ) -> T:
        """Return what the operation returned, once it is durable.

        `alone` gives it a transaction of its own. This is for locks on rows that many operations
        want: they wait for one operation instead of a batch, and batches do not deadlock. Of
        operations that share one of `keys` (64 bits, signed), the second sees what the first
        wrote: for decisions about rows that may not exist yet. Where there is one writer at a
        time, they are never looked at.

        Raises what the operation raised, and `FaultyStatementError` if the database refused a
        statement: nothing of it is kept. After `UnavailableError` it may be durable or not.
        """
        return await self._submit(self._writing, operation, alone=alone, keys=keys)

    async def read(self, operation: Callable[[Connection], T]) -> T:
        """Return what the operation returned; all its statements see one snapshot."""
        return await self._submit(self._reading, operation)

    def queued(self) -> dict[str, int]:
        """Return how many operations wait for a connection, by kind."""
        return {"read": self._reading.queued(), "write": self._writing.queued()}

    async def _submit(
        self,
        executor: Executor,
        operation: Callable[[Connection], T],
        *,
        alone: bool = False,
        keys: Iterable[int] = (),
    ) -> T:
        if self._closed:
            raise UnavailableError("the database is closed", cause="closed")
        if executor.queued() >= QUEUE_MAX:
            self._report("queue_full")
            raise UnavailableError("too many operations are waiting", cause="queue_full")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        began = monotonic()
        executor.submit(Job(operation, loop, future, alone=alone), keys)
        try:
            return await future
        finally:
            kind = "write" if executor is self._writing else "read"
            self._observe(kind, monotonic() - began)

    async def close(self) -> None:
        """Run what is queued, and disconnect."""
        self._closed = True
        await asyncio.gather(
            asyncio.to_thread(self._writing.close), asyncio.to_thread(self._reading.close)
        )


def open_database(
    url: str,
    *,
    report: Report = ignore_cause,
    observe: Observe = ignore_seconds,
    keys: DatabaseKeys | None = None,
) -> Database:
    """Return the database at `sqlite:///<file>` or `postgresql://…`; `migrate` it first.

    `keys` are those of one that may be sealed.
    """
    driver = driver_for(url)
    driver = keys.guard(driver) if keys else driver
    return Database(driver, report=report, observe=observe)
