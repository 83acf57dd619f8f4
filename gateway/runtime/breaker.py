"""A circuit breaker: after several failures in a row no call is made for a while, then one.

Pure: the time is an argument, in seconds of any clock that only goes forward.
"""

from enum import IntEnum
from typing import Final

FAILURES_MAX: Final = 5  # in a row; they open the breaker
REST_SECONDS: Final = 10.0  # that it stays open; then one trial call is made


class State(IntEnum):
    """Whether calls are made; the metric shows the numbers."""

    CLOSED = 0
    TRIAL = 1
    OPEN = 2


class Breaker:
    """Counts failures in a row and decides whether a call may be made."""

    def __init__(
        self, *, failures_max: int = FAILURES_MAX, rest_seconds: float = REST_SECONDS
    ) -> None:
        self._failures_max, self._rest_seconds = failures_max, rest_seconds
        self._failures, self._open_until = 0, 0.0
        self.state = State.CLOSED

    def allows(self, now: float) -> bool:
        """Return True if a call may be made; the caller must then report success or failure.

        A trial that is never reported (its task was cancelled) is repeated after `rest_seconds`.
        """
        if self.state is State.CLOSED:
            return True
        if self.is_open(now):
            return False
        self.state, self._open_until = State.TRIAL, now + self._rest_seconds
        return True

    def is_open(self, now: float) -> bool:
        """Return True while no call may be made. Asking does not start a trial."""
        return self.state is not State.CLOSED and now < self._open_until

    def succeeded(self) -> None:
        """Note a call that succeeded."""
        self.state, self._failures = State.CLOSED, 0

    def failed(self, now: float) -> None:
        """Note a call that failed."""
        self._failures += 1
        if self._failures >= self._failures_max:
            self.state, self._open_until = State.OPEN, now + self._rest_seconds
