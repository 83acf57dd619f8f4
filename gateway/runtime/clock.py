"""The one clock of a process; dev may set it, to try any night or day."""

from collections.abc import Callable
from datetime import UTC, datetime

from gateway.settings.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return what the machine's clock says."""
    return datetime.now(UTC)


def make_clock(settings: Settings) -> Clock:
    """Return the clock: the machine's, or in dev one that began at `SATUPINTU_NOW` and goes on."""
    if settings.now is None or settings.production:
        return utc_now
    ahead = settings.now - utc_now()
    return lambda: utc_now() + ahead
