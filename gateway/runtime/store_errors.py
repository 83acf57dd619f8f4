"""Why stores fail: counted by cause, and told in the log without filling it."""

import asyncio
import re
from collections import Counter
from threading import Lock
from typing import Final

from gateway.runtime.logs import log
from gateway.runtime.metrics import Metrics

TELL_SECONDS: Final = 10.0
CAUSES_MAX: Final = 32  # of one store, told apart; whatever else it says is `other`
OTHER: Final = "other"

_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")


class StoreErrors:
    """Hears each error of a store, in any thread; the first of its cause is logged at once."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._lock = Lock()
        self._known: dict[str, set[str]] = {}
        self._untold: Counter[tuple[str, str]] = Counter()

    def note(self, store: str, cause: str) -> None:
        """Count one error."""
        with self._lock:
            cause = self._bounded(store, cause)
            self._metrics.store_error(store, cause)
            first = (store, cause) not in self._untold
            self._untold[store, cause] += not first
        if first:
            _tell(store, cause, 1)

    def tell(self) -> None:
        """Log how often each cause came since the last time; forget those that came no more."""
        with self._lock:
            told = {key: count for key, count in self._untold.items() if count}
            self._untold = Counter(dict.fromkeys(told, 0))
        for (store, cause), count in told.items():
            _tell(store, cause, count)

    async def tell_forever(self) -> None:
        """Tell every few seconds."""
        while True:
            await asyncio.sleep(TELL_SECONDS)
            self.tell()

    def _bounded(self, store: str, cause: str) -> str:
        known = self._known.setdefault(store, set())
        if cause not in known:
            if len(known) >= CAUSES_MAX or not _CODE.fullmatch(cause):
                return OTHER
            known.add(cause)
        return cause


def _tell(store: str, cause: str, count: int) -> None:
    log().warning("a store fails", store=store, cause=cause, count=count)
