"""How many requests a network address, or the holder of a token, may make a minute.

Many people share an address behind a carrier's NAT, so an address may do much and a token little.
What was not used in a minute may come at once. Each worker counts for itself, in bounded memory.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import ceil
from time import monotonic
from typing import Final

from gateway.settings.lists import WEB_RATE

ADDRESS, TOKEN = "address", "token"
KEYS_MAX: Final = 100_000  # remembered; the one that was quiet longest is forgotten first
MINUTE_SECONDS: Final = 60.0


class Limits:
    """Counts requests by kind and key; `rates` are requests a minute, by kind (0: no limit)."""

    def __init__(
        self, rates: Mapping[str, float] = WEB_RATE, *, now: Callable[[], float] = monotonic
    ) -> None:
        self._rates, self._now = rates, now
        # When all that was asked so far is paid off, at an even pace (GCRA, ITU-T I.371).
        self._due: OrderedDict[tuple[str, str], float] = OrderedDict()

    def wait_seconds(self, kind: str, key: str) -> int:
        """Count a request; return 0, or after how many seconds the next one will be taken.

        One that has to wait is not counted. Without a key nobody is told from anybody else.
        """
        rate = self._rates[kind]
        if not rate or not key:
            return 0
        now, name = self._now(), (kind, key)
        due = max(self._due.get(name, now), now) + MINUTE_SECONDS / rate
        early = due - now - max(MINUTE_SECONDS, MINUTE_SECONDS / rate)
        if early > 0:
            return ceil(early)
        self._due[name] = due
        self._due.move_to_end(name)
        if len(self._due) > KEYS_MAX:
            self._due.popitem(last=False)
        return 0
