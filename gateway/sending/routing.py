"""The order of the providers for a message, their health and their pace. Pure.

Time is an argument, in seconds of any clock that only goes forward.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from core.outbox.receipts import TEMPLATE
from gateway.runtime.breaker import Breaker, State

T = TypeVar("T")

FAILURES_MAX = 5  # in a row; then a provider comes last for `REST_SECONDS`
REST_SECONDS = 30.0
ALARM_SECONDS = 600.0  # after which a cause that lasts is logged again
BURST_SECONDS = 1.0  # of a provider's rate that may go at once


def order_routes(
    providers: Sequence[str],
    *,
    preferred: str | None,
    refused_by: Iterable[str],
    deprioritised: Iterable[str],
) -> list[str]:
    """Return the providers to try, in order.

    `preferred` first, unless it is among `deprioritised`, which come last; `refused_by` excluded.
    Text and templates of one account are preferred or deprioritised together: a template is no way
    around an ailing account, and would repeat a text that it may have taken.
    """
    refused, late = frozenset(refused_by), frozenset(map(_account, deprioritised))
    left = [name for name in dict.fromkeys(providers) if name not in refused]
    return sorted(left, key=lambda name: (_account(name) in late, _account(name) != preferred))


def _account(name: str) -> str:
    """Return the account on its channel: an SMS that stands in for a chat has its own."""
    return name.removeprefix(TEMPLATE)


class Prefixes(Generic[T]):
    """Values by prefix; of several prefixes of a text, the longest counts."""

    def __init__(self, given: Mapping[str, T]) -> None:
        self._given = given
        self._lengths = sorted(set(map(len, given)), reverse=True)

    def find(self, text: str, otherwise: T) -> T:
        """Return the value of the text's longest prefix, or `otherwise`."""
        given = self._given
        keys = (text[:length] for length in self._lengths)
        return next((given[key] for key in keys if key in given), otherwise)


@dataclass(slots=True)
class Health:
    """The health of each provider on each channel: after some failures in a row it rests.

    A resting provider comes last but is not excluded, so no trial call is needed.
    """

    _breakers: dict[str, Breaker] = field(default_factory=dict[str, Breaker])

    def note(self, name: str, *, well: bool, now: float) -> bool:
        """Note the result of a delivery; return True if the provider is well."""
        breaker = self._breakers.setdefault(
            name, Breaker(failures_max=FAILURES_MAX, rest_seconds=REST_SECONDS)
        )
        breaker.succeeded() if well else breaker.failed(now)
        return breaker.state is State.CLOSED

    def resting(self, *, now: float) -> list[str]:
        """Return the names that rest at `now`."""
        return [name for name, breaker in self._breakers.items() if breaker.is_open(now)]


@dataclass(slots=True)
class Pace:
    """Rate limits: reserves a time for each message to a provider."""

    _next: dict[str, float] = field(default_factory=dict[str, float])

    def wait_seconds(self, name: str, *, rate: float, now: float) -> float:
        """Reserve the next time; return the wait until it. `rate` is per second, 0: no limit."""
        if not rate:
            return 0.0
        earliest = min(now - BURST_SECONDS + 1 / rate, now)
        reserved = max(self._next.get(name, earliest), earliest)
        self._next[name] = reserved + 1 / rate
        return max(0.0, reserved - now)


@dataclass(slots=True)
class Alarms:
    """Limits the log to one line for each cause, however many messages it holds up."""

    _logged: dict[str, float] = field(default_factory=dict[str, float])

    def is_due(self, cause: str, *, now: float) -> bool:
        """Return True if this cause is to be logged now, at most every `ALARM_SECONDS`."""
        logged = self._logged.get(cause)
        if logged is not None and now - logged < ALARM_SECONDS:
            return False
        self._logged[cause] = now
        return True
