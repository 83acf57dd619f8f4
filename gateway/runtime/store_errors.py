"""Errors of the stores: counted by cause, and logged without flooding the log."""

import asyncio
import re
from collections import Counter
from threading import Lock
from typing import Final

from gateway.runtime.logs import log
from gateway.runtime.metrics import Metrics

LOG_SECONDS: Final = 10.0
CAUSES_MAX: Final = 32  # of one store; all others count as `other`
OTHER: Final = "other"

_CODE = re.compile(r"[A-Za-z0-9_]{1,40}")


class StoreErrors:
    """Counts errors, from any thread; the first of each cause is logged at once."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._lock = Lock()
        self._known: dict[str, set[str]] = {}
        self._unlogged: Counter[tuple[str, str]] = Counter()

    def note(self, store: str, cause: str) -> None:
        """Count one error."""
        with self._lock:
            cause = self._bounded(store, cause)
            self._metrics.count("store_errors", store, cause)
            first = (store, cause) not in self._unlogged
            self._unlogged[store, cause] += not first
        if first:
            _log(store, cause, 1)

    def log_counts(self) -> None:
        """Log how often each cause came since the last time; forget those that did not."""
        with self._lock:
            counts = {key: count for key, count in self._unlogged.items() if count}
            self._unlogged = Counter(dict.fromkeys(counts, 0))
        for (store, cause), count in counts.items():
            _log(store, cause, count)

    async def log_forever(self) -> None:
        """Log the counts every `LOG_SECONDS`."""
        while True:
            await asyncio.sleep(LOG_SECONDS)
            self.log_counts()

    def _bounded(self, store: str, cause: str) -> str:
        known = self._known.setdefault(store, set())
        if cause not in known:
            if len(known) >= CAUSES_MAX or not _CODE.fullmatch(cause):
                return OTHER
            known.add(cause)
        return cause


def _log(store: str, cause: str, count: int) -> None:
    log.warning("a store fails", store=store, cause=cause, count=count)
