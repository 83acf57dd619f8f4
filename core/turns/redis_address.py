"""The address of a plain Redis, parsed from its URL."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

from redis.asyncio.connection import parse_url

PORT = 6379

_OPTIONS = {"connection_class", "path", "host", "port", "db", "username", "password"}


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A unix socket's path, or else host and port; `greeting` holds the first commands to send."""

    path: str
    host: str
    port: int
    greeting: tuple[tuple[str | int, ...], ...] = field(repr=False)  # the password is in it

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

    async def connect(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Open a connection; raise `OSError` on failure."""
        loop = asyncio.get_running_loop()
        if self.path:
            await loop.create_unix_connection(protocol, self.path)
        else:
            await loop.create_connection(protocol, self.host, self.port)


def _greeting(options: dict[str, Any]) -> Iterator[tuple[str | int, ...]]:
    user, password, database = (options.get(name) for name in ("username", "password", "db"))
    if user:
        yield "AUTH", user, password or ""
    elif password:
        yield "AUTH", password
    if database:
        yield "SELECT", database
