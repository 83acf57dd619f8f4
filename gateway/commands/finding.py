"""What `satupintu doctor` says of one part."""

from collections.abc import Callable
from typing import NamedTuple


class Finding(NamedTuple):
    """What one look found; `fault` says what to do, and is empty where all is well."""

    part: str
    fault: str = ""
    fatal: bool = True

    @property
    def line(self) -> str:
        """How it is told."""
        mark = "ok  " if not self.fault else "BAD " if self.fatal else "note"
        return f"{mark} {self.part}{': ' if self.fault else ''}{self.fault}"


def note(part: str, fault: str) -> Finding:
    """Return a finding that keeps no gateway from starting."""
    return Finding(part, fault, fatal=False)


def tried(part: str, work: Callable[[], object]) -> Finding:
    """Return what came of the work; a driver's own words may hold a password, and are not told."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 a doctor reports any ailment
        return Finding(part, f"failed with {type(error).__name__}")
    return Finding(part)
