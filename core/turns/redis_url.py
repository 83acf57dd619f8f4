"""The URL of a Redis: one server, a cluster by some of its nodes, or a master by its Sentinels.

In a `rediss` URL all of these are spoken to by TLS. Query options are those that redis-py knows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from inspect import signature
from typing import Any, Final, NamedTuple, Self
from urllib.parse import unquote

SCHEMES: Final = (
    *("redis", "rediss", "unix", "redis+cluster", "rediss+cluster"),
    *("redis+sentinel", "rediss+sentinel"),
)
SEEDS_MAX: Final = 32
PORT: Final = 6_379
SENTINEL_PORT: Final = 26_379

_PARTS: Final = re.compile(r"([^/?#]*)([^?#]*)(.*)", re.DOTALL)  # authority, path, all else
_PLACE: Final = {"connection_class", "host", "port", "path"}
_OF_SENTINELS: Final = ("sentinel_username", "sentinel_password")  # they have users of their own
_GREETING: Final = ("username", "password", "db")


class Seed(NamedTuple):
    """Where a server, a node of a cluster or a Sentinel listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """What a URL says; `kind` is empty, `cluster` or `sentinel`.

    `options` are redis-py's for each connection, `master` the name at the Sentinels.
    """

    kind: str
    seeds: tuple[Seed, ...]  # empty for a socket
    tls: bool
    options: Mapping[str, Any] = field(repr=False)  # the password is in it
    master: str = ""

    @classmethod
    def of(cls, url: str) -> Self:
        """Return the URL, parsed; raise `ValueError`, without the URL, if it is none."""
        scheme, _, rest = url.partition("://")
        head, _, kind = scheme.partition("+")
        match = _PARTS.fullmatch(rest)
        authority, path, tail = match.groups() if match else ("", "", "")
        user, at, hosts = authority.rpartition("@")
        master = ""
        if kind == "sentinel":
            master, _, path = path[1:].partition("/")
        parsed = [
            _parse(f"{head}://{user}{at}{host}/{path.removeprefix('/')}{tail}")
            for host in hosts.split(",")
        ]
        _check(kind, master, parsed)
        port = SENTINEL_PORT if kind == "sentinel" else PORT
        seeds = [Seed(one.get("host", "localhost"), one.get("port", port)) for one in parsed]
        options = {name: value for name, value in parsed[0].items() if name not in _PLACE}
        return cls(
            kind,
            () if head == "unix" else tuple(seeds),
            head == "rediss",
            options,
            unquote(master),
        )

    def hosts(self) -> list[str]:
        """Return the hosts that it names, in lower case; "" is this machine."""
        return [seed.host.lower() for seed in self.seeds] or [""]


@cache
def _taken(kind: str) -> frozenset[str]:
    """Return the options that a URL of a cluster or of Sentinels takes."""
    from redis.asyncio import RedisCluster  # noqa: PLC0415 (see _parse)
    from redis.asyncio.connection import SSLConnection  # noqa: PLC0415

    if kind == "cluster":
        return frozenset(signature(RedisCluster).parameters)
    tls = (name for name in signature(SSLConnection).parameters if "ssl_" in name)
    return frozenset((*tls, *_GREETING, *_OF_SENTINELS))


def _parse(url: str) -> dict[str, Any]:
    # The settings are read before the servers are imported, and seldom name a Redis.
    from redis.asyncio.connection import ConnectionPool, parse_url  # noqa: PLC0415

    try:
        options = dict[str, Any](parse_url(url))
        known = {name: value for name, value in options.items() if name not in _OF_SENTINELS}
        ConnectionPool(**known).make_connection()  # type: ignore[no-untyped-call]
    except (TypeError, ValueError):  # an option that no connection takes is the first
        raise ValueError("is none that a Redis can be reached by") from None
    return options


def _check(kind: str, master: str, parsed: list[dict[str, Any]]) -> None:
    if len(parsed) > (SEEDS_MAX if kind else 1):
        raise ValueError(f"should name one host, or of a cluster or Sentinels {SEEDS_MAX} at most")
    if len(parsed) > 1 and not all(one.get("host") for one in parsed):
        raise ValueError("should name a host before and after each comma")
    if kind == "cluster" and parsed[0].get("db"):
        raise ValueError("should name no database: a cluster has only one")
    if kind == "sentinel" and not master:
        raise ValueError("should end with the name of the master, and its database: /name/0")
    options = parsed[0].keys() - _PLACE
    if not (options <= _taken(kind) if kind else options.isdisjoint(_OF_SENTINELS)):
        raise ValueError("has an option that a URL of its kind does not take")
