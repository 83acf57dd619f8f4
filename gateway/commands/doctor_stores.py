"""What `satupintu doctor` finds in the stores: whether they work, and what they lack."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, TypeVar

from redis.asyncio import Redis

from core.database.statements import Connection
from core.operators.appointments import has_openings
from core.roster.lookup import has_roster, unfinished_since
from gateway.commands.database import closing_database
from gateway.commands.finding import Finding, note, tried
from gateway.runtime.clock import make_clock
from gateway.settings.configuration import Configuration
from gateway.settings.settings import Settings, reveal

T = TypeVar("T")

CONNECT_SECONDS = 3.0


class Contents(NamedTuple):
    """What the database holds; nothing if it has no tables yet."""

    import_unfinished_since: str | None = None  # when it began
    roster: bool = False
    facilities: bool = False
    slots: bool = False


def look_at_stores(configuration: Configuration) -> Iterator[Finding]:
    """Yield whether Redis and the database work, and what the database lacks."""
    settings = configuration.settings
    yield _redis(settings)
    path = _sqlite_path(settings.database)
    database = _read_through(path) if path else _connect(settings)
    yield database
    if not database.fault:
        yield from _contents(configuration, made=path is None or path.exists())


def _contents(configuration: Configuration, *, made: bool) -> Iterator[Finding]:
    settings, contents = configuration.settings, Contents()
    try:
        contents = asyncio.run(_look(configuration)) if made else contents
    except TimeoutError:
        yield note("what is in the database", f"not read within {CONNECT_SECONDS:.0f} s")
        return
    except Exception:  # noqa: BLE001, S110 it answers, but has no tables yet
        pass
    if contents.import_unfinished_since:
        begun = f"the import begun at {contents.import_unfinished_since}"
        yield note("roster", f"{begun} goes on, or was cut off: then run it again")
    if settings.production or not settings.demo:  # else a start puts in whatever is missing
        yield from _missing(contents, settings)


def _missing(contents: Contents, settings: Settings) -> Iterator[Finding]:
    if not contents.roster and not settings.registry_url:
        fault = "empty, so whoever registers is never verified; satupintu roster import FILE"
        yield note("roster", fault)
    if not contents.facilities:
        fault = "none, so nobody can book; satupintu facilities import FILE"
        yield note("facilities", fault)
    elif not contents.slots:
        yield note("slots", "no free seat ahead, so nobody can book; satupintu slots open …")


def _redis(settings: Settings) -> Finding:
    if settings.embedded_redis:
        from gateway.process.embedded_valkey import find_binary  # noqa: PLC0415 only where it is embedded

        return tried("embedded Valkey's program", lambda: find_binary(settings.valkey_bin))
    return tried("Redis", lambda: asyncio.run(_ping(reveal(settings.redis_url))))


async def _ping(url: str) -> None:
    async with Redis.from_url(url.replace("redis+cluster", "redis")) as client:
        await asyncio.wait_for(client.ping(), CONNECT_SECONDS)


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
    return tried("database", lambda: asyncio.run(_read(settings.database, lambda _: None)))


async def _read(url: str, operation: Callable[[Connection], T]) -> T:
    async with closing_database(url) as database:
        return await asyncio.wait_for(database.read(operation), CONNECT_SECONDS)


async def _look(configuration: Configuration) -> Contents:
    campaign = configuration.campaign.id
    now = make_clock(configuration.settings)()

    def look(connection: Connection) -> Contents:
        return Contents(
            unfinished_since(connection, campaign),
            has_roster(connection, campaign),
            *has_openings(connection, campaign, now),
        )

    return await _read(configuration.settings.database, look)
