"""What `satupintu doctor` finds in the stores: whether they work, and what they lack."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TypeVar

from core.database.allowance import Allowance
from core.database.compatibility import FIRST_TO_OPEN
from core.database.migrations import HEAD, NewerTablesError, tables_at
from core.database.statements import Connection
from core.turns.redis_opening import open_calls
from gateway.commands.database import closing_database
from gateway.process.preparation import WORDS
from gateway.runtime.clock import make_clock
from gateway.runtime.finding import Finding, note, tried
from gateway.runtime.tables import keys_of, look_at_keys
from gateway.settings.configuration import Configuration, ConfigurationError
from gateway.settings.sealing import seals
from gateway.settings.settings import Settings, reveal
from gateway.wiring.findings.contents import Contents, look_at_contents, read_contents

T = TypeVar("T")

CONNECT_SECONDS = 3.0


def look_at_stores(configuration: Configuration) -> Iterator[Finding]:
    """Yield whether Redis and the database work, and what the database lacks."""
    settings = configuration.settings
    yield _redis(settings)
    path = _sqlite_path(settings.database)
    database = _read_through(path) if path else _connect(settings)
    yield database
    made = path is None or path.exists()
    if made and not database.fault:
        yield from _connections(settings)
        yield from _tables(settings)
        database = _keys(settings)
        yield database
    if not database.fault:
        yield from _contents(configuration, made=made)


def _connections(settings: Settings) -> Iterator[Finding]:
    """Yield how many gateways as large as this one PostgreSQL has connections for."""
    allowed = Allowance.of(settings.database, settings.workers)
    if allowed is None:
        return
    part = f"connections ({allowed.wanted} wanted, {allowed.granted} granted to all)"
    if allowed.gateways:
        yield Finding(f"{part}: enough for gateways like this one: {allowed.gateways}")
    else:
        yield note(part, "raise max_connections, or its limits for this database or user")


def _tables(settings: Settings) -> Iterator[Finding]:
    """Yield whether the tables are of this release, and if not, whether it may serve on them."""
    found = tables_at(settings.database)
    try:
        found.check()
    except NewerTablesError as error:
        yield Finding("tables", str(error))
        return
    if found.newer:
        yield note("tables", f"{found.revision}, of a newer release; this one serves on them")
    elif found.revision == HEAD:
        yield Finding(f"tables {HEAD}")
    else:
        yield Finding(f"tables (the next start brings them to {HEAD})")


def _keys(settings: Settings) -> Finding:
    """Return whether the database is sealed, and opened by a key that is set."""
    found, part = tables_at(settings.database), "personal data"
    try:
        sealed = (found.revision or "") >= FIRST_TO_OPEN and look_at_keys(settings)
    except ConfigurationError as error:
        return Finding(part, str(error))
    if sealed or not seals(settings):
        return Finding(f"{part}: {'sealed' if sealed else 'not sealed'}")
    return note(part, "not sealed; the next start seals it if it is empty, else `satupintu seal`")


def _contents(configuration: Configuration, *, made: bool) -> Iterator[Finding]:
    settings, contents = configuration.settings, Contents()
    try:
        contents = asyncio.run(_look(configuration)) if made else contents
    except TimeoutError:
        yield note("what is in the database", f"not read within {CONNECT_SECONDS:.0f} s")
        return
    except Exception:  # noqa: BLE001, S110 it answers, but has no tables yet
        pass
    yield from look_at_contents(contents, settings)


def _redis(settings: Settings) -> Finding:
    if settings.embedded_redis:
        from gateway.process.embedded_valkey import find_binary  # noqa: PLC0415 only where it is embedded

        return tried("embedded Valkey's program", lambda: find_binary(settings.valkey_bin))
    return tried("Redis", lambda: asyncio.run(_ping(reveal(settings.redis_url))))


async def _ping(url: str) -> None:
    calls = open_calls(url)
    try:
        await asyncio.wait_for(calls.call("GET", "doctor"), CONNECT_SECONDS)
    finally:
        await calls.close()


def _sqlite_path(url: str) -> Path | None:
    scheme, _, rest = url.partition("://")
    return Path(rest[1:]) if scheme == "sqlite" else None


def _read_through(path: Path) -> Finding:
    """Check every page of the file.

    Opened read-only, SQLite would leave the WAL's files behind, owned by this user.
    """
    part = f"SQLite {path.name}"
    if not path.exists():
        return Finding(f"{part} (the first start makes it)")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as file:
            sound = file.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)]
    except sqlite3.OperationalError as error:
        return Finding(part, f"failed with {type(error).__name__}")
    except sqlite3.DatabaseError:
        sound = False
    return Finding(part, "" if sound else "is damaged; restore a backup (docs/operations.md)")


def _connect(settings: Settings) -> Finding:
    return tried("database", lambda: asyncio.run(_read(settings, lambda _: None)), WORDS)


async def _read(settings: Settings, operation: Callable[[Connection], T]) -> T:
    async with closing_database(settings.database, keys=keys_of(settings)) as database:
        return await asyncio.wait_for(database.read(operation), CONNECT_SECONDS)


async def _look(configuration: Configuration) -> Contents:
    now = make_clock(configuration.settings)()
    read = partial(read_contents, campaign=configuration.campaign.id, now=now)
    return await _read(configuration.settings, read)
