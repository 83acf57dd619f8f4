"""Which provider takes a message, in which order, how well each does and how fast it may go. Pure.

Time is an argument, in seconds of any clock that only goes forward.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gateway.runtime.breaker import Breaker, State

FAILURES_MAX = 5  # in a row; then a provider comes last for a while
REST_SECONDS = 30.0
ALARM_SECONDS = 600.0  # after which a cause that lasts is told again
BURST_SECONDS = 1.0  # of a provider's rate that may go at once


def order_routes(
    providers: Sequence[str],
    *,
    asked: str | None,
    refused_by: Iterable[str],
    last: Iterable[str],
) -> list[str]:
    """Return who is to be tried, first to last.

    Whoever is `asked` for comes first, those of `last` come last, and who has refused for good
    is left out.
    """
    refused, late = frozenset(refused_by), frozenset(last)
    left = [name for name in dict.fromkeys(providers) if name not in refused]
    return sorted(left, key=lambda name: (name in late, name != asked))


@dataclass(slots=True)
class Health:
    """How each provider does on each channel: after some failures in a row it rests.

    One that rests is not left out but comes last, so nobody has to be let in for a trial.
    """

    _breakers: dict[str, Breaker] = field(default_factory=dict[str, Breaker])

    def note(self, name: str, *, well: bool, now: float) -> bool:
        """Note how it went; return whether the provider is well."""
        breaker = self._breakers.setdefault(
            name, Breaker(failures_max=FAILURES_MAX, rest_seconds=REST_SECONDS)
        )
        breaker.succeeded() if well else breaker.failed(now)
        return breaker.state is State.CLOSED

    def resting(self, *, now: float) -> list[str]:
        """Return who has failed too often of late."""
        return [name for name, breaker in self._breakers.items() if breaker.is_open(now)]


@dataclass(slots=True)
class Pace:
    """Turns at each provider, so many a second."""

    _next: dict[str, float] = field(default_factory=dict[str, float])

    def wait_seconds(self, name: str, *, rate: float, now: float) -> float:
        """Take the next turn at a provider; return how long to wait for it. Rate 0: no limit."""
        if not rate:
            return 0.0
        earliest = min(now - BURST_SECONDS + 1 / rate, now)
        turn = max(self._next.get(name, earliest), earliest)
        self._next[name] = turn + 1 / rate
        return max(0.0, turn - now)


@dataclass(slots=True)
class Alarms:
    """What was told of late: one line for a cause, however many messages it holds up."""

    _told: dict[str, float] = field(default_factory=dict[str, float])

    def is_due(self, cause: str, *, now: float) -> bool:
        """Say whether this cause is to be told now; then it is not for a while."""
        told = self._told.get(cause)
        if told is not None and now - told < ALARM_SECONDS:
            return False
        self._told[cause] = now
        return True
