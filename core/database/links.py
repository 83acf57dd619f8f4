"""A connection to a database that is made anew when it is lost, and the transactions on it."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from core.database.causes import UNKNOWN, Report, cause_of
from core.database.drivers import Access, Driver
from core.database.statements import Connection

RECONNECT_SECONDS = 0.2  # while others have a connection; twice as long each time,
RECONNECT_SECONDS_MAX = 2.0  # up to this
BEGINS_MAX = 2  # of one transaction: the connection may have become stale meanwhile


class FaultyStatementError(Exception):
    """The database refused a statement, and will again: a fault of ours. Names only the kind."""


class UndoneError(Exception):
    """The transaction is lost, and none of it is kept."""


class UnreachableError(Exception):
    """There is no connection, or no transaction to be had on it."""


class InDoubtError(Exception):
    """The commit failed: nobody knows whether the transaction is kept."""


@dataclass(slots=True, eq=False)
class Job:
    """An operation, and who waits for it; `alone` wants a transaction of its own.

    `begin` begins it otherwise than its worker would; such a one is `alone`. No two transactions
    hold the same one of `keys` at once.
    """

    operation: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    alone: bool = False
    begin: str = ""
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


class Link:
    """One connection, made anew when it is lost, and the transactions on it.

    `cause` is why it failed last; `is_connecting` says whether that is tried at this moment.
    """

    def __init__(self, driver: Driver, access: Access, report: Report) -> None:
        self.cause, self._rest_seconds = UNKNOWN, RECONNECT_SECONDS
        self.is_connecting = False
        self._driver = driver
        self._access = access
        self._report = report
        self._raw: Any = None
        self._cursor: Any = None

    @property
    def is_open(self) -> bool:
        """Say whether there is a connection, as far as is known."""
        return self._raw is not None

    def connect(self) -> bool:
        """Connect, if there is no connection; say whether there is one."""
        self.is_connecting = True
        try:
            if self._raw is None:
                self._raw = self._driver.connect()
                self._cursor = self._raw.cursor()
                self._cursor.execute(self._access.setup)
                self._rest_seconds = RECONNECT_SECONDS
        except self._driver.errors as error:
            self._lose(error)
        finally:
            self.is_connecting = False
        return self.is_open

    def rest(self, woken: Event) -> None:
        """Wait before the next try to connect, longer each time."""
        woken.wait(self._rest_seconds)
        self._rest_seconds = min(2 * self._rest_seconds, RECONNECT_SECONDS_MAX)

    def transact(self, jobs: Sequence[Job], *, guarded: bool) -> None:
        """Run the jobs in one transaction; `guarded` ones that fail do so alone."""
        self._begin(jobs[0].begin or self._access.begin)
        self._hold(sorted({key for job in jobs for key in job.keys}))
        for job in jobs:
            self._run_guarded(job) if guarded else self._run(job)
        try:
            self._cursor.execute("COMMIT")
        except self._driver.errors as error:
            self._lose(error)
            raise InDoubtError from None

    def _begin(self, begin: str) -> None:
        for _ in range(BEGINS_MAX):
            if not self.connect():
                break
            try:
                with self._access.line():
                    self._cursor.execute(begin)
            except self._driver.errors as error:
                self._lose(error)  # it may be stale: the server was restarted
            else:
                return
        raise UnreachableError

    def _hold(self, keys: Sequence[int]) -> None:
        """Take the keys of all jobs before anything is read, in one order: no ring of waiters."""
        if not keys:
            return
        try:
            self._cursor.execute(self._driver.hold, {"keys": keys})
        except self._driver.stale as error:
            self._lose(error)
            raise UndoneError from None
        except self._driver.errors as error:
            self._note(error)
            self._undo()
            raise UndoneError from None

    def _run(self, job: Job) -> None:
        try:
            job.result = job.operation(Connection(self._cursor, self._driver.dialect))
        except Exception:  # noqa: BLE001 (told when it fails alone)
            self._undo()
            raise UndoneError from None
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
                self._note(error)
                job.error = FaultyStatementError(type(error).__name__)
                self._cursor.execute("ROLLBACK TO SAVEPOINT operation")
            except Exception as error:  # noqa: BLE001 (whatever it is, it is its caller's)
                job.error = error
                self._cursor.execute("ROLLBACK TO SAVEPOINT operation")
            self._cursor.execute("RELEASE SAVEPOINT operation")
        except driver.stale as error:
            self._lose(error)  # the next one may reach a server that can write
            raise UndoneError from None
        except driver.errors as error:
            self._note(error)
            self._undo()
            raise UndoneError from None

    def _undo(self) -> None:
        try:
            self._cursor.execute("ROLLBACK")
        except self._driver.errors:
            self.disconnect()

    def _note(self, error: Exception) -> None:
        self.cause = cause_of(error)
        self._report(self.cause)

    def _lose(self, error: Exception) -> None:
        self._note(error)
        self.disconnect()

    def disconnect(self) -> None:
        """Drop the connection, and with it whatever was not committed."""
        if self._raw is not None:
            with suppress(self._driver.errors):
                self._raw.close()
        self._raw = self._cursor = None
