"""Migration of the database: at the start, or as soon as the database can be reached.

After a power cut the gateway may be up before its database. It then serves what it can, is not
ready, and retries; only a cause that does not pass by itself ends it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from core.database.allowance import Allowance
from core.database.causes import UNKNOWN, cause_of
from core.database.migrations import HEAD
from gateway.demo import seed_demo
from gateway.runtime.clock import make_clock
from gateway.runtime.logs import log
from gateway.runtime.tables import keys_of, prepare_tables
from gateway.settings.configuration import Configuration, ConfigurationError
from gateway.settings.settings import Settings, variable

RETRY_SECONDS: Final = 1.0
# Causes that pass by themselves, or once another service has started.
PASSING: Final = frozenset(
    (
        *("refused", "timeout", "no_such_host", "ECONNRESET", "ENETUNREACH", "EHOSTUNREACH"),
        *("08000", "08001", "08003", "08006", "57P01", "57P02", "57P03", "53300"),
        *("53100", "53200", "25006", "40001", "40P01", "55P03", "57014"),
        *("SQLITE_BUSY", "SQLITE_FULL"),
    )
)
WORDS: Final = {  # of causes that do not pass by themselves
    "28P01": "password authentication failed",
    "28000": "the server does not let this user in",
    "3D000": "there is no such database",
    "pooler": "a pooler stands before it: add pooler=transaction to the URL",
    "42501": "this user may not change its tables",
    "SQLITE_NOTADB": "the file is no database",
    "SQLITE_CORRUPT": "the file is damaged",
    "SQLITE_CANTOPEN": "the file cannot be opened",
    "SQLITE_READONLY": "the file may only be read",
}


def try_prepare(settings: Settings) -> str:
    """Prepare the database's tables, or serve on what a newer release left, and log that.

    Return the cause if it must be retried, else "". Raises `ConfigurationError` for a cause that
    does not pass by itself.
    """
    try:
        found = prepare_tables(settings)
    except ConfigurationError:
        raise
    except Exception as error:  # noqa: BLE001 a driver's words may hold a password
        cause, kind = cause_of(error), type(error).__name__
        if cause in PASSING or (cause == UNKNOWN and kind == "OperationalError"):
            return cause
        why = WORDS.get(cause) or WORDS.get(kind) or kind
        code = "" if cause == UNKNOWN else f" ({cause})"
        fault = f"{variable('database_url')}: cannot be used: {why}{code}"
        raise ConfigurationError([fault]) from None
    if found.newer:
        known = f"this one knows {HEAD} and serves on them; nothing is migrated"
        log.warning(f"the tables ({found.revision}) are of a newer release: {known}")
    return ""


class Preparation:
    """Migrates the database and, in dev, seeds the demo."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._logged = ""

    def try_once(self) -> bool:
        """Return True if all is done, False if it must be retried. Blocks."""
        settings, campaign = self._configuration.settings, self._configuration.campaign
        if cause := try_prepare(settings):
            if cause != self._logged:
                log.warning("the database cannot be used yet; tried again", cause=cause)
            self._logged = cause
            return False
        _warn_if_short(settings)
        if settings.demo and not settings.production:
            keys, now = keys_of(settings), make_clock(settings)()
            seed_demo(settings.database, campaign=campaign.id, now=now, keys=keys)
        return True

    async def finish(self, give_up: Callable[[], None]) -> None:
        """Retry until all is done; call `give_up` and raise if it cannot be."""
        try:
            while True:
                if await asyncio.to_thread(self.try_once):
                    return
                await asyncio.sleep(RETRY_SECONDS)
        except Exception:
            give_up()
            raise


def _warn_if_short(settings: Settings) -> None:
    """Log that PostgreSQL has fewer connections left than this gateway wants: it serves slower."""
    with suppress(Exception):  # it is asked out of courtesy
        allowed = Allowance.of(settings.database, settings.workers)
        if allowed is not None and allowed.is_short:
            left = max(allowed.granted - allowed.taken, 0)
            wanted = f"this gateway wants {allowed.wanted}"
            log.warning(f"PostgreSQL has {left} connections left, and {wanted}")
