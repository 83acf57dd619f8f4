"""Whether the simulator may be served: it drives every door, turns the clock, and kills."""

from typing import Final
from urllib.parse import parse_qs, urlsplit

from gateway.settings.data_dir import held_production
from gateway.settings.settings import Settings, reveal
from gateway.settings.strength import is_loopback, names_this_machine

ELSEWHERE: Final = frozenset({"hostaddr", "service", "servicefile"})  # of libpq


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
    """Return True if a store is on this machine; libpq takes hosts behind the `?`, too."""
    query = parse_qs(urlsplit(url).query)
    hosts = [host for each in query.get("host", []) for host in each.split(",")]
    return (
        names_this_machine(url)
        and all(host.startswith("/") for host in hosts)
        and not ELSEWHERE & query.keys()
    )
