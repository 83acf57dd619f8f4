"""Threads that run queued operations in shared transactions: group commit.

A batch is tried the cheap way first, all operations in one transaction. If one of them fails,
everything is undone and tried again with a savepoint each, so that it fails alone. If the
transaction itself fails (a deadlock, a lost connection), each is tried in one of its own.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any

from core.drivers import Access, Driver
from core.ports import UnavailableError
from core.statements import Connection

BATCH_MAX = 256  # operations in one transaction
KEYS_MAX = 80  # with so many none is added: PostgreSQL has room for 64 locks a connection
TRIES_MAX = 3  # of one operation alone
CONNECTS_MAX = 2
PATIENCE_SECONDS = 10.0  # for operations one by one; who called has given up by then


class FaultyStatementError(Exception):
    """The database refused a statement, and will again: a fault of ours. Names only the kind."""


class _InterruptedError(Exception):
    """The transaction is lost, and none of it is kept."""


class _UnreachableError(Exception):
    """There is no connection, or no transaction to be had on it."""


class _InDoubtError(Exception):
    """The commit failed: nobody knows whether the transaction is kept."""


@dataclass(slots=True, eq=False)
class Job:
    """An operation, and who waits for it; `alone` wants a transaction of its own.

    No two transactions hold the same one of `keys` at once.
    """

    operation: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    alone: bool = False
    keys: Collection[int] = ()
    result: Any = field(default=None, repr=False)
    error: BaseException | None = None

    def resolve(self) -> None:
        """Answer who waits; runs in their event loop."""
        if self.future.done():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Worker:
    """A queue of jobs and the threads that carry them out, each on a connection of its own."""

    def __init__(self, driver: Driver, access: Access) -> None:
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._shares = driver.shares
        self._threads = [
            Thread(target=self._work, args=(_Link(driver, access),), daemon=True)
            for _ in range(access.threads)
        ]
        for thread in self._threads:
            thread.start()

    def waiting(self) -> int:
        """Return how many jobs nobody has begun."""
        return self._queue.qsize()

    def take(self, job: Job) -> None:
        """Queue a job. Where one writes at a time, none waits for another's rows."""
        job.alone, job.keys = job.alone and self._shares, job.keys if self._shares else ()
        self._queue.put(job)

    def close(self) -> None:
        """Finish the queue and stop the threads. Blocks."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, session: "_Link") -> None:
        while (job := self._queue.get()) is not None:
            jobs = [job]
            more = self._fill(jobs)
            for part in _parts([job for job in jobs if not job.future.done()]):
                _carry_out(session, part)
                _tell(part)
            if not more:
                break
        session.disconnect()

    def _fill(self, jobs: list[Job]) -> bool:
        """Add this thread's share of what waits; say whether there is more to come."""
        share = -(-self._queue.qsize() // len(self._threads))
        keys = 0
        try:
            while len(jobs) <= min(share, BATCH_MAX - 1) and not jobs[-1].alone:
                if (keys := keys + len(jobs[-1].keys)) >= KEYS_MAX:
                    break
                job = self._queue.get_nowait()
                if job is None:
                    return False
                jobs.append(job)
        except Empty:
            pass
        return True


class _Link:
    """One connection, made anew when it is lost, and the transactions on it."""

    def __init__(self, driver: Driver, access: Access) -> None:
        self._driver = driver
        self._access = access
        self._raw: Any = None
        self._cursor: Any = None

    def transact(self, jobs: Sequence[Job], *, guarded: bool) -> None:
        """Run the jobs in one transaction; `guarded` ones that fail do so alone."""
        self._open()
        self._hold(sorted({key for job in jobs for key in job.keys}))
        for job in jobs:
            self._run_guarded(job) if guarded else self._run(job)
        try:
            self._cursor.execute("COMMIT")
        except self._driver.errors:
            self.disconnect()
            raise _InDoubtError from None

    def _open(self) -> None:
        for _ in range(CONNECTS_MAX):
            try:
                if self._raw is None:
                    self._raw = self._driver.connect()
                    self._cursor = self._raw.cursor()
                    self._cursor.execute(self._access.setup)
                self._cursor.execute(self._access.begin)
            except self._driver.errors:
                self.disconnect()  # it may be stale: the server was restarted
            else:
                return
        raise _UnreachableError

    def _hold(self, keys: Sequence[int]) -> None:
        """Take the keys of all jobs before anything is read, in one order: no ring of waiters."""
        if not keys:
            return
        try:
            self._cursor.execute(self._driver.hold, {"keys": keys})
        except self._driver.errors:
            self._undo()
            raise _InterruptedError from None

    def _run(self, job: Job) -> None:
        try:
            job.result = job.operation(Connection(self._cursor, self._driver.dialect))
        except Exception:  # noqa: BLE001 (told when it fails alone)
            self._undo()
            raise _InterruptedError from None
        job.error = None

    def _run_guarded(self, job: Job) -> None:
        driver = self._driver
        try:
            self._cursor.execute("SAVEPOINT operation")
            job.error = None
            try:
                job.result = job.operation(Connection(self._cursor, driver.dialect))
            except driver.transient:
                raise
            except driver.errors as error:
                job.error = FaultyStatementError(type(error).__name__)
                self._cursor.execute("ROLLBACK TO SAVEPOINT operation")
            except Exception as error:  # noqa: BLE001 (whatever it is, it is its caller's)
                job.error = error
                self._cursor.execute("ROLLBACK TO SAVEPOINT operation")
            self._cursor.execute("RELEASE SAVEPOINT operation")
        except driver.stale:
            self.disconnect()  # the next one may reach a server that can write
            raise _InterruptedError from None
        except driver.errors:
            self._undo()
            raise _InterruptedError from None

    def _undo(self) -> None:
        try:
            self._cursor.execute("ROLLBACK")
        except self._driver.errors:
            self.disconnect()

    def disconnect(self) -> None:
        """Drop the connection, and with it whatever was not committed."""
        if self._raw is not None:
            with suppress(self._driver.errors):
                self._raw.close()
        self._raw = self._cursor = None


def _parts(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    """Yield what is carried out together: all, but one that would be alone."""
    together = [job for job in jobs if not job.alone]
    if together:
        yield together
    yield from ([job] for job in jobs if job.alone)


def _carry_out(link: _Link, jobs: Sequence[Job]) -> None:
    try:
        if not (_try(link, jobs, guarded=False) or _try(link, jobs, guarded=True)):
            _one_by_one(link, jobs)
    except (_UnreachableError, _InDoubtError):
        _fail(jobs)


def _try(link: _Link, jobs: Sequence[Job], *, guarded: bool) -> bool:
    try:
        link.transact(jobs, guarded=guarded)
    except _InterruptedError:
        return False
    return True


def _one_by_one(link: _Link, jobs: Sequence[Job]) -> None:
    deadline = monotonic() + PATIENCE_SECONDS
    for job in jobs:
        try:
            kept = monotonic() < deadline and any(
                _try(link, [job], guarded=True) for _ in range(TRIES_MAX)
            )
        except (_UnreachableError, _InDoubtError):
            kept = False
        if not kept:
            _fail([job])


def _fail(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.error = UnavailableError("the database did not answer")


def _tell(jobs: Sequence[Job]) -> None:
    for loop in {job.loop for job in jobs}:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, [job for job in jobs if job.loop is loop])


def _resolve(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.resolve()
