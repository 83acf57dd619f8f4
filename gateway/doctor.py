"""`satupintu doctor`: tries everything that a start needs, and says plainly what is wrong."""

import asyncio
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import typer
from redis.asyncio import Redis

from core.wording import load_wording
from gateway.faults import Configuration
from gateway.settings import Settings, reveal, variable

CONNECT_SECONDS = 3.0
GUARDS = ("operator_token", "webhook_key", "twilio_auth_token", "meta_app_secret")


class Finding(NamedTuple):
    """What one look found; `fault` says what to do, and is empty where all is well."""

    part: str
    fault: str = ""
    fatal: bool = True


def examine(configuration: Configuration) -> int:
    """Say how each part is; return 1 if anything would keep the gateway from starting."""
    findings = list(_findings(configuration))
    for finding in findings:
        mark = "ok  " if not finding.fault else "BAD " if finding.fatal else "note"
        typer.echo(f"{mark} {finding.part}{': ' if finding.fault else ''}{finding.fault}")
    return int(any(finding.fault and finding.fatal for finding in findings))


def _findings(configuration: Configuration) -> Iterator[Finding]:
    settings = configuration.settings
    yield Finding(f"settings and campaign {configuration.campaign.id}")
    yield _tried("word catalogs", lambda: load_wording(None, configuration.campaign))
    yield _data_dir(settings.data_dir)
    yield _port("HTTP port", settings.host, settings.http_port)
    yield _port("SMTP port", settings.host, settings.smtp_port)
    yield _redis(settings)
    yield _database(settings)
    yield from _roster(configuration)
    yield from _secrets(settings)


def _tried(part: str, work: Callable[[], object]) -> Finding:
    try:
        work()
    except Exception as error:  # noqa: BLE001 a doctor reports any ailment
        return Finding(part, f"failed with {type(error).__name__}")
    return Finding(part)


def _data_dir(path: Path) -> Finding:
    part = f"data directory {path}"
    place = path if path.exists() else path.absolute().parent
    if not os.access(place, os.W_OK | os.X_OK):
        return Finding(part, "cannot be written; give it to the user that runs the gateway")
    if path.exists() and path.stat().st_mode & 0o077:
        return Finding(part, "others may read it; `serve` will close it to them", fatal=False)
    return Finding(part)


def _port(part: str, host: str, port: int) -> Finding:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with closing(socket.create_server((host, port), family=family)):
            return Finding(f"{part} {port}")
    except OSError as error:
        why = error.strerror or "cannot be used"
        return Finding(f"{part} {port}", f"{why}; is a gateway running already?")


def _redis(settings: Settings) -> Finding:
    if settings.embedded_redis:
        from gateway.embedded import find_binary  # noqa: PLC0415 only where it is embedded

        return _tried("embedded Valkey's program", lambda: find_binary(settings.valkey_bin))
    return _tried("Redis", lambda: asyncio.run(_ping(reveal(settings.redis_url))))


async def _ping(url: str) -> None:
    client = Redis.from_url(url.replace("redis+cluster", "redis"))
    try:
        await asyncio.wait_for(client.ping(), CONNECT_SECONDS)
    finally:
        await client.aclose()


def _database(settings: Settings) -> Finding:
    if settings.database_url is None:
        return _file(settings.data_dir / "satupintu.db")
    return _tried("database", lambda: asyncio.run(_read(settings.database)))


def _file(path: Path) -> Finding:
    """Read the embedded database through, where there is one yet."""
    part, fault = "embedded SQLite", "the file is damaged; stop, and restore a copy"
    if not path.exists():
        return Finding(part)
    with closing(sqlite3.connect(path)) as database, suppress(sqlite3.DatabaseError):
        if database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",):
            return Finding(part)
    return Finding(part, fault)


async def _read(url: str) -> None:
    from core.database import open_database  # noqa: PLC0415 only where one is configured

    database = open_database(url)
    try:
        read = database.read(lambda _connection: None)
        await asyncio.wait_for(read, CONNECT_SECONDS)
    finally:
        await database.close()


def _roster(configuration: Configuration) -> Iterator[Finding]:
    """Tell of an import that was cut off; where the database has no tables yet, there is none."""
    with suppress(Exception):
        if since := asyncio.run(_unread_since(configuration)):
            fault = f"the import begun at {since} goes on, or was cut off: then run it again"
            yield Finding("roster", fault, fatal=False)


async def _unread_since(configuration: Configuration) -> str | None:
    from core.database import open_database  # noqa: PLC0415 the same
    from core.roster import unread_since  # noqa: PLC0415

    settings = configuration.settings
    if settings.database_url is None and not settings.data_dir.exists():
        return None
    database = open_database(settings.database)
    try:
        read = database.read(partial(unread_since, campaign=configuration.campaign.id))
        return await asyncio.wait_for(read, CONNECT_SECONDS)
    finally:
        await database.close()


def _secrets(settings: Settings) -> Iterator[Finding]:
    for name in GUARDS:
        missing = not getattr(settings, name)
        fault = "not set; whatever it guards is open to anybody who reaches this port"
        if name == "operator_token":
            fault = "not set; each start makes one up and prints it"
        yield Finding(variable(name), fault if missing else "", fatal=False)
