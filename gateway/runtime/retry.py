"""Exponential backoff with jitter."""

from dataclasses import dataclass
from random import random
from typing import Final

DOUBLINGS_MAX: Final = 16  # beyond any `longest_seconds`; the number of failures has no bound


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from the first to the longest, both in seconds."""

    first_seconds: float
    longest_seconds: float

    def whole_seconds(self, failures: int) -> float:
        """Return the wait without jitter after `failures` in a row, at least 1."""
        doubled: float = self.first_seconds * 2 ** min(failures - 1, DOUBLINGS_MAX)
        return min(doubled, self.longest_seconds)

    def seconds(self, failures: int, chance: float) -> float:
        """Return the wait: half of it fixed, half scaled by `chance`, from 0 to 1.

        The jitter spreads the retries of calls that failed together.
        """
        whole = self.whole_seconds(failures)
        return whole / 2 + whole / 2 * chance

    def draw_seconds(self, failures: int) -> float:
        """Return the wait with a random jitter."""
        return self.seconds(failures, random())  # noqa: S311 spread, not secrecy
