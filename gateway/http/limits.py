"""How many requests a network address, or the holder of a token, may make a minute.

Many people share an address behind a carrier's NAT, so an address may do much and a token little.
What was not used in a minute may come at once. Each worker counts for itself, in bounded memory.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from math import ceil
from time import monotonic
from typing import Final, NamedTuple

from channels.contract import RejectedError
from gateway.http.client_address import client_address
from gateway.settings.lists import WEB_RATE, Network

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


class Counting(NamedTuple):
    """Counts what people send, and turns away what is too much; `trusted` are our proxies."""

    limits: Limits
    trusted: tuple[Network, ...] = ()

    def count_address(self, caller: str, forwarded: str) -> None:
        """Count a request of this peer; raise `RejectedError` (429) if it is one too many."""
        self._count(ADDRESS, client_address(caller, forwarded, self.trusted))

    def count_token(self, token: str) -> None:
        """Count a request with this token, or address of one; raise `RejectedError` (429)."""
        self._count(TOKEN, token)

    def _count(self, kind: str, key: str) -> None:
        if wait := self.limits.wait_seconds(kind, key):
            reason = "too many requests; try again later"
            raise RejectedError(reason, status=429, retry_seconds=wait)
