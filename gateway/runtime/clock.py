"""The one clock of a process; dev may set it, to try any night or day, and turn it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from gateway.settings.settings import Settings
from gateway.settings.simulating import simulates

Clock = Callable[[], datetime]

FILE: Final = "clock"  # in the data directory: by how many seconds it was turned
AHEAD_SECONDS_MAX: Final = 400 * 86_400


def utc_now() -> datetime:
    """Return what the machine's clock says."""
    return datetime.now(UTC)


class TurnedClock:
    """A clock of dev that can be turned forward; it stays turned when the gateway starts again."""

    def __init__(self, base: Clock, file: Path) -> None:
        self.base, self._file = base, file
        self.ahead_seconds = _read(file)

    def __call__(self) -> datetime:
        """Return what it says."""
        return self.base() + timedelta(seconds=self.ahead_seconds)

    def check(self, ahead_seconds: int) -> None:
        """Raise `ValueError` unless it is from 0 to `AHEAD_SECONDS_MAX`."""
        if not 0 <= ahead_seconds <= AHEAD_SECONDS_MAX:
            raise ValueError(f"from 0 to {AHEAD_SECONDS_MAX} seconds ahead")

    def turn(self, ahead_seconds: int) -> None:
        """Let it be so far ahead; raise `ValueError` where `check` does."""
        self.check(ahead_seconds)
        new = self._file.with_name(f"{self._file.name}.new")
        new.write_text(str(ahead_seconds), "ascii")
        new.replace(self._file)
        self.ahead_seconds = ahead_seconds


def make_clock(settings: Settings) -> Clock:
    """Return the clock: the machine's, or in dev one that can be set and turned."""
    base = base_clock(settings)
    if not simulates(settings):
        return base
    return TurnedClock(base, settings.data_dir / FILE)


def base_clock(settings: Settings) -> Clock:
    """Return the machine's clock, or in dev one that began at `SATUPINTU_NOW` and goes on."""
    if settings.now is None or settings.production:
        return utc_now
    ahead = settings.now - utc_now()
    return lambda: utc_now() + ahead


def _read(file: Path) -> int:
    try:
        ahead_seconds = int(file.read_text("ascii"))
    except (OSError, ValueError):  # never turned, or cut off: it says the time of the machine
        return 0
    return ahead_seconds if 0 <= ahead_seconds <= AHEAD_SECONDS_MAX else 0
