"""The two databases as their drivers see them: how to connect, begin, and read an error."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from core.database.turnstile import turnstile

BUSY_SECONDS: Final = 5  # wait for another process to finish writing
CONNECT_SECONDS: Final = 3
STATEMENT_SECONDS: Final = 5
LOCK_SECONDS: Final = 1  # two batches that wait for each other; one gives way and tries again
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
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a connection is set up, how a transaction on it begins, and how many there are.

    A transaction is begun inside `line()`.
    """

    setup: str
    begin: str
    threads: int
    line: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """`transient` errors speak of the connection or the moment, `errors` are all its errors.

    After a `stale` one the connection itself is of no more use. `shares` is true where several
    transactions write at once, and so wait for the rows that another has changed; there, `hold`
    takes the whole numbers `keys` in their order, each for one transaction at a time.
    """

    dialect: str
    connect: Callable[[], Any]
    writing: Access
    reading: Access
    transient: tuple[type[Exception], ...]
    stale: tuple[type[Exception], ...] = ()
    errors: type[Exception]
    shares: bool = False
    hold: str = ""


def driver_for(url: str) -> Driver:
    """Return the driver that a database URL asks for."""
    scheme, _, rest = url.partition("://")
    if scheme in {"postgresql", "postgresql+psycopg"}:
        return _postgres(f"postgresql://{rest}")
    if scheme in {"sqlite", "sqlite+pysqlite"} and rest.startswith("/") and rest != "/":
        return _sqlite(rest[1:])
    raise ValueError("the database URL should begin with sqlite:///<file> or postgresql://")


def sqlalchemy_url(url: str) -> str:
    """Return the URL with the driver named, as SQLAlchemy wants it."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}" if scheme == "postgresql" else url


def _sqlite(path: str) -> Driver:
    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            path,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # we begin and commit ourselves
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
            line=partial(turnstile, path),
        ),
        reading=Access(setup="PRAGMA query_only=ON", begin="BEGIN", threads=1),
        transient=(sqlite3.OperationalError, sqlite3.InterfaceError),
        errors=sqlite3.Error,
    )


def _postgres(dsn: str) -> Driver:
    import psycopg  # noqa: PLC0415 a tenth of a start that most do without

    stale = (
        psycopg.errors.ReadOnlySqlTransaction,  # a failover left us at a standby
        psycopg.errors.IdleInTransactionSessionTimeout,
    )
    settings = {"statement_timeout": STATEMENT_SECONDS, "lock_timeout": LOCK_SECONDS}
    options = " ".join(f"-c {name}={seconds}s" for name, seconds in settings.items())

    def connect() -> Any:
        return psycopg.connect(
            dsn,
            autocommit=True,  # we begin and commit ourselves
            connect_timeout=CONNECT_SECONDS,
            options=options,
            tcp_user_timeout=STATEMENT_SECONDS * 2_000,
        )

    return Driver(
        dialect="postgresql",
        connect=connect,
        writing=Access(
            setup="SET default_transaction_isolation = 'read committed'",
            begin="BEGIN",
            threads=POSTGRES_WRITERS,
        ),
        reading=Access(
            setup="SET default_transaction_read_only = on",
            begin="BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            threads=POSTGRES_READERS,
        ),
        transient=(
            psycopg.OperationalError,
            psycopg.InterfaceError,
            *stale,
        ),
        stale=stale,
        errors=psycopg.Error,
        shares=True,
        hold="SELECT pg_advisory_xact_lock(key) FROM unnest(%(keys)s::bigint[]) AS key",
    )
