"""A finding of the doctor: of `satupintu doctor`, and of the set-up screen."""

from collections.abc import Callable
from typing import NamedTuple


class Finding(NamedTuple):
    """The state of one part; `fault` says what is wrong and its remedy, "" if nothing is."""

    part: str
    fault: str = ""
    fatal: bool = True

    @property
    def line(self) -> str:
        """The finding as a line of text."""
        mark = "ok  " if not self.fault else "BAD " if self.fatal else "note"
        return f"{mark} {self.part}{': ' if self.fault else ''}{self.fault}"


def note(part: str, fault: str) -> Finding:
    """Return a finding that does not keep the gateway from starting."""
    return Finding(part, fault, fatal=False)


def tried(part: str, work: Callable[[], object]) -> Finding:
    """Return if `work` raises, with the type of the error: its message may hold a password."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 a doctor reports any ailment
        return Finding(part, f"failed with {type(error).__name__}")
    return Finding(part)
