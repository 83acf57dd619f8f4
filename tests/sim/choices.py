"""A schedule is a string of bytes: each byte is one choice, and 0 is always the calmest.

Beyond its end everything is calm. So a string that is cut, or some of whose bytes are 0, is a
simpler schedule: this is what shrinking does.
"""

from hashlib import shake_256

BYTES = 384  # of a schedule that is made from a seed


def bytes_of(seed):
    """Return the schedule of a seed."""
    return shake_256(b"%d" % seed).digest(BYTES)


class Choices:
    """Draws from a string; `at` is how many bytes were drawn."""

    def __init__(self, string):
        self._string, self.at = string, 0

    def byte(self):
        at = self.at
        self.at = at + 1
        return self._string[at] if at < len(self._string) else 0

    def below(self, size):
        return self.byte() % size

    def one_of(self, options):
        return options[self.byte() % len(options)]

    def one_in(self, size):
        """Return True once in `size` draws, never where everything is calm."""
        return self.byte() % size == 1
