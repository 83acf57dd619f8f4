"""Where a line to Redis leads: to one server, or to the master that Sentinels name."""

import asyncio
import errno
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any, Protocol, Self

from redis.asyncio.connection import SSLConnection, parse_url
from redis.exceptions import ResponseError

from core.turns.redis_calls import CONNECT_SECONDS, closed_error
from core.turns.redis_url import PORT, RedisUrl, Seed
from core.turns.redis_wire import Wire

_OPTIONS = {"connection_class", "path", "host", "port", "db", "username", "password"}
LOOK_SECONDS = 2.0  # between looks for another master
Greeting = tuple[tuple[str | int, ...], ...]  # the first commands to send


class Address(Protocol):
    """Knows where Redis is now."""

    async def open(self, wire: Wire) -> None:
        """Connect the wire, and say who we are; raise `OSError` or `ResponseError` on failure."""

    async def watch(self, wire: Wire) -> None:
        """End the wire once it leads to the wrong place."""


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A unix socket's path, or else host and port."""

    path: str
    host: str
    port: int
    greeting: Greeting = field(repr=False)  # the password is in it

    @classmethod
    def of(cls, url: str) -> Self | None:
        """Return the address in a redis:// or unix:// URL; None if it needs redis-py."""
        if not url.startswith(("redis://", "unix://")):
            return None
        options: dict[str, Any] = dict(parse_url(url))
        if not options.keys() <= _OPTIONS:
            return None
        host, port = options.get("host", "localhost"), options.get("port", PORT)
        return cls(options.get("path", ""), host, port, tuple(_greeting(options)))

    async def open(self, wire: Wire) -> None:
        """Connect the wire, and say who we are."""
        loop = asyncio.get_running_loop()
        if self.path:
            await loop.create_unix_connection(lambda: wire, self.path)
        else:
            await loop.create_connection(lambda: wire, self.host, self.port)
        await _greet(wire, self.greeting)

    async def watch(self, wire: Wire) -> None:
        """Do nothing: it is always the right one."""


@dataclass(slots=True)
class SentinelAddress:
    """A master by its name at Sentinels, which know another one after each failover.

    https://redis.io/docs/latest/develop/reference/sentinel-clients/
    """

    sentinels: tuple[Seed, ...]
    master: str
    greeting: Greeting = field(repr=False)
    sentinel_greeting: Greeting = field(repr=False)
    tls: SSLContext | None
    _at: Seed | None = None

    @classmethod
    def of(cls, url: RedisUrl) -> Self:
        """Return the address in a URL of Sentinels."""
        options = url.options
        theirs = {name: options.get(f"sentinel_{name}") for name in ("username", "password")}
        tls = {name: value for name, value in options.items() if name.startswith("ssl_")}
        return cls(
            url.seeds,
            url.master,
            tuple(_greeting(options)),
            tuple(_greeting(theirs)),
            SSLConnection(**tls).ssl_context.get() if url.tls else None,
        )

    async def open(self, wire: Wire) -> None:
        """Connect the wire to the master of now, and say who we are."""
        self._at = await self._find()
        await asyncio.get_running_loop().create_connection(lambda: wire, *self._at, ssl=self.tls)
        await _greet(wire, self.greeting)

    async def watch(self, wire: Wire) -> None:
        """End the wire once the Sentinels name another: the old master may still take writes.

        Where a failover is asked for, they demote it some ten seconds later, and those are lost.
        """
        while not wire.lost.done():
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(OSError, ResponseError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    if await self._find() != self._at:
                        wire.end(ConnectionResetError(errno.ECONNRESET, "another is the master"))

    async def _find(self) -> Seed:
        """Return where the master is: the word of the Sentinel that answers first."""
        asking = [asyncio.create_task(self._ask(one)) for one in self.sentinels]
        failure: Exception = ResponseError("NOMASTER no Sentinel knows a master of that name")
        try:
            for answer in asyncio.as_completed(asking):
                try:
                    if found := await answer:
                        return found
                except (OSError, ResponseError) as error:
                    failure = error
        finally:
            for one in asking:
                one.cancel()
            await asyncio.wait(asking)
        raise failure

    async def _ask(self, sentinel: Seed) -> Seed | None:
        wire = Wire(asyncio.get_running_loop(), answer_seconds=CONNECT_SECONDS)
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: wire, *sentinel, ssl=self.tls
            )
            await _greet(wire, self.sentinel_greeting)
            answer = await wire.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.master)
        finally:
            wire.end(closed_error())
            await asyncio.wait({wire.lost})
        return Seed(answer[0].decode(), int(answer[1])) if answer else None


async def _greet(wire: Wire, greeting: Greeting) -> None:
    for command in greeting:
        await wire.ask(*command)


def _greeting(options: Mapping[str, Any]) -> Iterator[tuple[str | int, ...]]:
    user, password, database = (options.get(name) for name in ("username", "password", "db"))
    if user:
        yield "AUTH", user, password or ""
    elif password:
        yield "AUTH", password
    if database:
        yield "SELECT", database
