"""A connection that is reopened after it is lost, and the transactions on it."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Event
from typing import Any, NoReturn

from core.database.causes import UNKNOWN, Report, cause_of
from core.database.drivers import Access, Driver
from core.database.statements import Connection

RECONNECT_SECONDS = 0.2  # before the second attempt to connect; doubles with each one,
RECONNECT_SECONDS_MAX = 2.0  # up to this
BEGINS_MAX = 2  # attempts at one transaction: the first may find a stale connection


class FaultyStatementError(Exception):
    """The database refused a statement and would again: a bug. Carries the error's class only."""


class RolledBackError(Exception):
    """The transaction failed, and none of it is kept."""


class UnreachableError(Exception):
    """There is no connection, or none on which a transaction begins."""


class InDoubtError(Exception):
    """The commit failed: the transaction may or may not be kept."""


@dataclass(slots=True, eq=False)
class Job:
    """An operation, and the future that waits for its result.

    `alone` asks for a transaction of its own; `begin`, where set, is how that begins. Two
    transactions never hold the same one of `keys` at once.
    """

    operation: Callable[[Connection], Any]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    alone: bool = False
    begin: str = ""
    keys: Collection[int] = ()
    result: Any = field(default=None, repr=False)
    error: BaseException | None = None


class Link:
    """One connection of one thread, and the transactions on it.

    `cause` is the code of its last error. Other threads read `is_open` and `is_connecting`.
    """

    def __init__(self, driver: Driver, access: Access, report: Report) -> None:
        self.cause, self._backoff_seconds = UNKNOWN, RECONNECT_SECONDS
        self.is_connecting = False
        self._driver = driver
        self._access = access
        self._report = report
        self._raw: Any = None
        self._cursor: Any = None

    @property
    def is_open(self) -> bool:
        """True if there is a connection; the server may have closed it since its last use."""
        return self._raw is not None

    def connect(self) -> bool:
        """Connect if there is no connection; return whether there is one now."""
        self.is_connecting = True
        try:
            if self._raw is None:
                self._raw = self._driver.connect()
                self._cursor = self._raw.cursor()
                if self._access.setup:
                    self._cursor.execute(self._access.setup)
                self._backoff_seconds = RECONNECT_SECONDS
        except self._driver.errors as error:
            self._drop(error)
        finally:
            self.is_connecting = False
        return self.is_open

    def back_off(self, woken: Event) -> None:
        """Wait before the next attempt to connect, each time for longer; `woken` ends the wait."""
        woken.wait(self._backoff_seconds)
        self._backoff_seconds = min(2 * self._backoff_seconds, RECONNECT_SECONDS_MAX)

    def transact(self, jobs: Sequence[Job], *, savepoints: bool) -> None:
        """Run the jobs in one transaction and set their results.

        With `savepoints`, a job that fails gets its error and the others are kept. Without, it
        fails them all: `RolledBackError`. Raises `UnreachableError` and `InDoubtError` too.
        """
        self._begin(jobs[0].begin or self._access.begin)
        self._lock(sorted({key for job in jobs for key in job.keys}))
        for job in jobs:
            self._run_in_savepoint(job) if savepoints else self._run(job)
        try:
            self._cursor.execute("COMMIT")
        except self._driver.errors as error:
            self._drop(error)
            raise InDoubtError from None

    def _begin(self, begin: str) -> None:
        for _ in range(BEGINS_MAX):
            if not self.connect():
                break
            try:
                with self._access.lock():
                    self._cursor.execute(begin)
            except self._driver.errors as error:
                self._drop(error)
            else:
                return
        raise UnreachableError

    def _lock(self, keys: Sequence[int]) -> None:
        """Lock the keys of all jobs in ascending order, so that transactions cannot deadlock."""
        if not keys:
            return
        try:
            self._cursor.execute(self._driver.lock_keys, {"keys": keys})
        except self._driver.errors as error:
            self._fail(error)

    def _run(self, job: Job) -> None:
        try:
            job.result = job.operation(self._driver.connection(self._cursor, self._driver.dialect))
        except Exception:  # noqa: BLE001 (reported when it fails in a savepoint)
            self._roll_back()
            raise RolledBackError from None
        job.error = None

    def _run_in_savepoint(self, job: Job) -> None:
        driver = self._driver
        try:
            self._cursor.execute("SAVEPOINT operation")
            job.error = None
            try:
                job.result = job.operation(driver.connection(self._cursor, driver.dialect))
            except driver.transient:
                raise
            except driver.errors as error:
                self._note(error)
                job.error = FaultyStatementError(type(error).__name__)
                self._cursor.execute("ROLLBACK TO SAVEPOINT operation")
            except Exception as error:  # noqa: BLE001 (the operation's own: for its caller)
                job.error = error
                self._cursor.execute("ROLLBACK TO SAVEPOINT operation")
            self._cursor.execute("RELEASE SAVEPOINT operation")
        except driver.errors as error:
            self._fail(error)

    def _fail(self, error: Exception) -> NoReturn:
        """End the transaction that the error has spoilt, and a stale connection with it."""
        if isinstance(error, self._driver.stale):
            self._drop(error)
        else:
            self._note(error)
            self._roll_back()
        raise RolledBackError from None

    def _roll_back(self) -> None:
        try:
            self._cursor.execute("ROLLBACK")
        except self._driver.errors:
            self.disconnect()

    def _note(self, error: Exception) -> None:
        self.cause = cause_of(error)
        self._report(self.cause)

    def _drop(self, error: Exception) -> None:
        self._note(error)
        self.disconnect()

    def disconnect(self) -> None:
        """Close the connection; the server rolls back what was not committed."""
        if self._raw is not None:
            with suppress(self._driver.errors):
                self._raw.close()
        self._raw = self._cursor = None
