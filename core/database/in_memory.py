"""A `Database` on SQLite in memory: the same statements, without threads.

An operation runs when it is called, in a transaction of its own, and a test can stop between any
two. For tests that try every order of calls, and for `satupintu phone`.
"""

import sqlite3
import weakref
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, TypeVar

from typing_extensions import override

from core.database.database import Database
from core.database.links import FaultyStatementError
from core.database.migrations import create_tables
from core.database.statements import Connection
from core.database.unavailable import UnavailableError

T = TypeVar("T")


class InMemoryDatabase(Database):
    """All tables, empty or with the rows of `source`; freed with the last reference to it."""

    def __init__(
        self,
        source: sqlite3.Connection | None = None,
        *,
        connection: Callable[[Any, str], Connection] = Connection,
    ) -> None:
        self._raw, self._connection = _connect(), connection
        (source or _tables()).backup(self._raw)
        self._raw.execute("PRAGMA foreign_keys=ON")
        self._cursor = self._raw.cursor()
        self._closed = False
        weakref.finalize(self, self._raw.close)

    def copy(self) -> "InMemoryDatabase":
        """Return another with the same rows."""
        return InMemoryDatabase(self._raw, connection=self._connection)

    @override
    async def write(
        self,
        operation: Callable[[Connection], T],
        *,
        alone: bool = False,
        keys: Iterable[int] = (),
    ) -> T:
        """Return what the operation returned; if it raises, nothing is kept."""
        return self.run(operation)

    @override
    async def read(self, operation: Callable[[Connection], T]) -> T:
        """Return what the operation returned, and roll back what it wrote."""
        return self.run(operation, end="ROLLBACK")

    def run(self, operation: Callable[[Connection], T], *, end: str = "COMMIT") -> T:
        """Run the operation in a transaction that `end` commits or rolls back."""
        if self._closed:
            raise UnavailableError("the database is closed", cause="closed")
        try:
            return self._transact(operation, end)
        except sqlite3.OperationalError as error:
            raise UnavailableError("the database did not answer") from error
        except sqlite3.Error as error:
            raise FaultyStatementError(type(error).__name__) from error

    def _transact(self, operation: Callable[[Connection], T], end: str) -> T:
        self._cursor.execute("BEGIN IMMEDIATE")
        try:
            result = operation(self._connection(self._cursor, "sqlite"))
        except BaseException:
            self._cursor.execute("ROLLBACK")
            raise
        self._cursor.execute(end)
        return result

    @override
    async def close(self) -> None:
        """Refuse further operations."""
        self._closed = True


def _connect() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


@cache
def _tables() -> sqlite3.Connection:
    """Return a database with all tables, empty, to copy from."""
    raw = _connect()
    create_tables(raw)
    return raw
