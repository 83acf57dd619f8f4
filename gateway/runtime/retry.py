"""Exponential backoff with jitter, and what a part draws by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from random import random
from time import monotonic
from typing import Final, NamedTuple

DOUBLINGS_MAX: Final = 16  # beyond any `longest_seconds`; the number of failures has no bound


class Draws(NamedTuple):
    """Seconds of a clock that only goes forward, and chance, from 0 to 1: no secret needs it."""

    seconds: Callable[[], float] = monotonic
    chance: Callable[[], float] = random


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
