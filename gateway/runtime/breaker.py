"""A circuit breaker: who failed often in a row is left alone for a while, then tried once.

Pure: the time is an argument, in seconds of any clock that only goes forward.
"""

from enum import IntEnum
from typing import Final

FAILURES_MAX: Final = 5  # in a row; then nobody calls
REST_SECONDS: Final = 10.0  # for so long; then one call is tried


class State(IntEnum):
    """Whether calls are made; the numbers are what the metric shows."""

    CLOSED = 0
    TRIAL = 1
    OPEN = 2


class Breaker:
    """Counts failures in a row, and says whether to call."""

    def __init__(
        self, *, failures_max: int = FAILURES_MAX, rest_seconds: float = REST_SECONDS
    ) -> None:
        self._failures_max, self._rest_seconds = failures_max, rest_seconds
        self._failures, self._open_until = 0, 0.0
        self.state = State.CLOSED

    def allows(self, now: float) -> bool:
        """Say whether to call. Who is told yes then says how it went.

        A trial of which nobody says how it went (it was cancelled) is made again after a rest.
        """
        if self.state is State.CLOSED:
            return True
        if self.rests(now):
            return False
        self.state, self._open_until = State.TRIAL, now + self._rest_seconds
        return True

    def rests(self, now: float) -> bool:
        """Say whether it is left alone now. Asking takes no trial."""
        return self.state is not State.CLOSED and now < self._open_until

    def succeeded(self) -> None:
        """Note a call that was answered."""
        self.state, self._failures = State.CLOSED, 0

    def failed(self, now: float) -> None:
        """Note one that was not."""
        self._failures += 1
        if self._failures >= self._failures_max:
            self.state, self._open_until = State.OPEN, now + self._rest_seconds
