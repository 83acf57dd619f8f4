"""The funnel's counts: gathered in memory, added up in SQL every few seconds."""

import asyncio
from collections import Counter
from datetime import datetime
from functools import partial
from typing import Final

from core.database.database import Database
from core.database.unavailable import UnavailableError
from core.fields.timezones import WIB, local
from core.operators.funnel import add_passed
from gateway.runtime.clock import Clock

FLUSH_SECONDS: Final = 10.0  # the most that a crash loses


class FunnelCounts:
    """Counts of one worker that are not in SQL yet, by channel and step."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def count(self, channel: str, step: str) -> None:
        """Count one person."""
        self._counts[channel, step] += 1

    async def flush(self, database: Database, now: datetime) -> None:
        """Add the counts to those of today; what the database does not take stays for later."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            add = partial(add_passed, day=local(now, WIB).date(), counts=counts)
            await database.write(add, alone=True)  # all workers add to the same few rows
        except UnavailableError:
            self._counts.update(counts)


async def flush_forever(counts: FunnelCounts, database: Database, clock: Clock) -> None:
    """Flush every `FLUSH_SECONDS`, and once more at the end."""
    try:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            await counts.flush(database, clock())
    finally:
        await counts.flush(database, clock())
