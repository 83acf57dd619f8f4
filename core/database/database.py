"""A SQL database behind an event loop: operations share transactions, and so share their fsync.

An operation is a plain function of a `Connection`. It may be run more than once (what it wrote
the first time is then undone), so it does nothing but SQL. Nothing resolves before the commit.
"""

import asyncio
from collections.abc import Callable, Collection
from typing import TypeVar

from core.database.causes import Report, unheard
from core.database.drivers import Driver, driver_for
from core.database.group_commit import Worker
from core.database.links import Job
from core.database.statements import Connection
from core.database.unavailable import UnavailableError

T = TypeVar("T")

QUEUE_MAX = 8_192  # operations that wait; more are turned away rather than kept waiting


class Database:
    """Runs operations; connects when the first one comes, and again after a lost connection.

    `report` hears the cause of each error of the database's, in whatever thread it comes.
    """

    def __init__(self, driver: Driver, *, report: Report = unheard) -> None:
        self._report = report
        self._writing = Worker(driver, driver.writing, report=report)
        self._reading = Worker(driver, driver.reading, relief=self._writing, report=report)
        self._closed = False

    async def write(
        self,
        operation: Callable[[Connection], T],
        *,
        alone: bool = False,
        keys: Collection[int] = (),
    ) -> T:
        """Return what the operation returned, once it is durable.

        `alone` keeps it out of the others' transaction: for what takes hold of rows that many
        want, so that nobody waits for a batch, and no two batches for each other. Of operations
        that have one of `keys` in common (64 bits, signed), the second sees what the first
        wrote: for what is decided on rows that may not be there yet.

        Raises `UnavailableError` where that is not certain, or what the operation raised, and
        then nothing of it is kept.
        """
        return await self._hand_over(self._writing, operation, alone=alone, keys=keys)

    async def read(self, operation: Callable[[Connection], T]) -> T:
        """Return what the operation returned, all of it seen at one moment."""
        return await self._hand_over(self._reading, operation)

    async def _hand_over(
        self,
        worker: Worker,
        operation: Callable[[Connection], T],
        *,
        alone: bool = False,
        keys: Collection[int] = (),
    ) -> T:
        if self._closed:
            raise UnavailableError("the database is closed", cause="closed")
        if worker.waiting() >= QUEUE_MAX:
            self._report("queue_full")
            raise UnavailableError("too many operations are waiting", cause="queue_full")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        worker.take(Job(operation, loop, future, alone=alone, keys=keys))
        return await future

    async def close(self) -> None:
        """Finish what was handed over, and disconnect."""
        self._closed = True
        await asyncio.gather(
            asyncio.to_thread(self._writing.close), asyncio.to_thread(self._reading.close)
        )


def open_database(url: str, *, report: Report = unheard) -> Database:
    """Return the database at `sqlite:///<file>` or `postgresql://…`; `migrate` it first."""
    return Database(driver_for(url), report=report)
