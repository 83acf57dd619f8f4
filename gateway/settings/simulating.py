"""Whether the simulator may be served: it drives every door, turns the clock, and kills."""

from typing import Final

from core.database.postgres_url import SCHEMES as POSTGRES
from core.database.postgres_url import PostgresUrl
from core.turns.redis_url import SCHEMES as REDIS
from core.turns.redis_url import RedisUrl
from gateway.settings.data_dir import held_production
from gateway.settings.settings import Settings, reveal
from gateway.settings.strength import is_loopback, names_this_machine

ELSEWHERE: Final = frozenset({"service", "servicefile"})  # of libpq, a file with other hosts


def simulates(settings: Settings) -> bool:
    """Return True in dev, on stores of this machine that production has never used.

    Nobody else may reach it: it signs as providers do. It needs one worker: what it breaks, it
    breaks in the process that serves it.
    """
    return (
        settings.simulator
        and not settings.production
        and settings.workers == 1
        and is_loopback(settings.host)
        and names_this_machine(settings.public_url)
        and all(map(_is_here, (reveal(settings.redis_url), reveal(settings.database_url))))
        and not held_production(settings.data_dir)
    )


def _is_here(url: str) -> bool:
    """Return True if a store is on this machine, wherever its URL names hosts."""
    scheme = url.partition("://")[0]
    if scheme in REDIS:
        return all(map(is_loopback, RedisUrl.of(url).hosts()))
    if scheme not in POSTGRES:
        return True  # a file, or the embedded one
    read = PostgresUrl.of(url)
    return all(map(is_loopback, read.hosts())) and not ELSEWHERE & read.fields().keys()
