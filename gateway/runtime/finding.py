"""A finding of the doctor: of `satupintu doctor`, and of the set-up screen."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from core.database.unavailable import UnavailableError

NO_WORDS: Final[Mapping[str, str]] = {}


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


def tried(part: str, work: Callable[[], object], words: Mapping[str, str] = NO_WORDS) -> Finding:
    """Return if `work` raises, with the type of the error: its message may hold a password.

    A store's error has a cause, for which there may be `words`.
    """
    try:
        work()
    except Exception as error:  # noqa: BLE001 a doctor reports any ailment
        cause = error.cause if isinstance(error, UnavailableError) else ""
        code = f" ({cause})" if cause else ""
        return Finding(part, words.get(cause) or f"failed with {type(error).__name__}{code}")
    return Finding(part)
