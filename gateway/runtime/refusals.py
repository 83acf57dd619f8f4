"""Refusals of strangers: counted, and logged as one line a minute for each kind, without who."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

from gateway.runtime.logs import log

LOG_SECONDS: Final = 60.0
# Not theirs but ours: a store fails, or there is too much to do. Other lines tell of it.
OUR_FAULT: Final = frozenset({421, 451, 452, 500, 503})

Refused = Callable[[str, int], None]


class Refusals:
    """Refusals by where they were and their status, of one process."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int]] = Counter()

    def note(self, where: str, status: int) -> None:
        """Count one refusal."""
        self._counts[where, status] += 1

    def log_counts(self) -> None:
        """Log how often each kind came since the last time."""
        counts, self._counts = self._counts, Counter()
        for (where, status), count in sorted(counts.items()):
            log.warning("requests were refused", part=where, status=status, count=count)

    async def log_forever(self) -> None:
        """Log the counts every `LOG_SECONDS`."""
        while True:
            await asyncio.sleep(LOG_SECONDS)
            self.log_counts()
