"""What SQLite and PostgreSQL do differently: connecting, beginning, and classes of errors."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from core.database.postgres_url import SCHEMES, PostgresUrl
from core.database.statements import Connection
from core.database.turnstile import turnstile

BUSY_SECONDS: Final = 5  # for another process to finish its transaction
STATEMENT_SECONDS: Final = 5
LOCK_SECONDS: Final = 1  # for a row or key: the batch then rolls back and is retried
POSTGRES_WRITERS: Final = 4
POSTGRES_READERS: Final = 2
CACHED_STATEMENTS: Final = 256
SQLITE_SETTINGS: Final = {
    "journal_mode": "WAL",
    "synchronous": "FULL",  # a commit is on the disk when it returns
    "foreign_keys": "ON",
    "temp_store": "MEMORY",
    "cache_size": "-32768",  # KiB
    "wal_autocheckpoint": "4000",  # pages
    "secure_delete": "ON",  # what is erased is overwritten, however SQLite was compiled
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Connections for reading or for writing, one for each of `threads`.

    `setup`, if any, is executed once on each; `begin` begins a transaction, inside `lock()`.
    """

    setup: str = ""
    begin: str
    threads: int
    lock: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A database as its Python driver presents it.

    `errors` covers every error of the driver. A `transient` one concerns the connection or the
    moment, not the statement; a `stale` one is transient and leaves the connection useless.

    Where `concurrent`, several transactions write at once and wait for each other's rows.
    There, `lock_keys` locks the integers `keys` in their order, until the transaction ends.
    `connection` makes of a cursor and the dialect what an operation is given.
    """

    dialect: str
    connect: Callable[[], Any]
    writing: Access
    reading: Access
    transient: tuple[type[Exception], ...]
    stale: tuple[type[Exception], ...] = ()
    errors: type[Exception]
    concurrent: bool = False
    lock_keys: str = ""
    connection: Callable[[Any, str], Connection] = Connection


def driver_for(url: str) -> Driver:
    """Return the driver for a database URL; raises `ValueError` for any other scheme."""
    scheme, _, rest = url.partition("://")
    if scheme in SCHEMES:
        return _postgres(PostgresUrl.of(url))
    if scheme in {"sqlite", "sqlite+pysqlite"} and rest.startswith("/") and rest != "/":
        return _sqlite(rest[1:])
    raise ValueError("the database URL should begin with sqlite:///<file> or postgresql://")


def _sqlite(path: str) -> Driver:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            path,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # the driver begins nothing by itself
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
        for name, value in SQLITE_SETTINGS.items():
            connection.execute(f"PRAGMA {name}={value}")
        return connection

    return Driver(
        dialect="sqlite",
        connect=connect,
        writing=Access(
            setup="PRAGMA query_only=OFF",
            begin="BEGIN IMMEDIATE",
            threads=1,
            lock=partial(turnstile, path),
        ),
        reading=Access(setup="PRAGMA query_only=ON", begin="BEGIN", threads=1),
        transient=(sqlite3.OperationalError, sqlite3.InterfaceError),
        errors=sqlite3.Error,
    )


def _postgres(url: PostgresUrl) -> Driver:
    import psycopg  # noqa: PLC0415 importing it is a tenth of a start on SQLite

    stale = (
        psycopg.errors.ReadOnlySqlTransaction,  # after a failover the server is a standby
        psycopg.errors.IdleInTransactionSessionTimeout,
    )
    bounds = {"statement_timeout": f"{STATEMENT_SECONDS}s", "lock_timeout": f"{LOCK_SECONDS}s"}
    # Behind a pooler each transaction brings its own: the next one is on another connection.
    each = "".join(f"; SET LOCAL {name} = '{value}'" for name, value in bounds.items())
    each = each if url.pooled else ""
    return Driver(
        dialect="postgresql",
        connect=partial(url.connect, {} if url.pooled else bounds),
        writing=Access(
            begin=f"BEGIN ISOLATION LEVEL READ COMMITTED{each}", threads=POSTGRES_WRITERS
        ),
        reading=Access(
            begin=f"BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY{each}",
            threads=POSTGRES_READERS,
        ),
        transient=(psycopg.OperationalError, psycopg.InterfaceError, *stale),
        stale=stale,
        errors=psycopg.Error,
        concurrent=True,
        lock_keys="SELECT pg_advisory_xact_lock(key) FROM unnest(%(keys)s::bigint[]) AS key",
    )
