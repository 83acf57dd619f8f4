"""How long to wait before what failed is tried again."""

from dataclasses import dataclass
from random import random
from typing import Final

DOUBLINGS_MAX: Final = 16  # more are beyond any longest wait, and attempts have no bound


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from the first to the longest, both in seconds."""

    first_seconds: float
    longest_seconds: float

    def whole_seconds(self, failures: int) -> float:
        """Return the longest wait after so many failures in a row, of which there is one."""
        doubled: float = self.first_seconds * 2 ** min(failures - 1, DOUBLINGS_MAX)
        return min(doubled, self.longest_seconds)

    def seconds(self, failures: int, chance: float) -> float:
        """Return how long to wait: half of it certain, half by `chance`, from 0 to 1.

        What failed together is then not tried again together.
        """
        whole = self.whole_seconds(failures)
        return whole / 2 + whole / 2 * chance

    def draw_seconds(self, failures: int) -> float:
        """Return how long to wait, by a chance of our own."""
        return self.seconds(failures, random())  # noqa: S311 spread, not secrecy
