"""Counts in memory, beside `core/turns/memory.py` and for the same uses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.outbox.sms_bounds import Bound


@dataclass(slots=True)
class _Tally:
    since: datetime
    count: int = 0
    key: str = ""


class MemoryTallies:
    """What `core/outbox/tallies.py` counts."""

    def __init__(self) -> None:
        self.rows: dict[str, _Tally] = {}

    def count(self, bounds: Iterable[Bound], *, at: datetime, key: str) -> datetime | None:
        """Count one more under each of the bounds; return when a reached one is over."""
        for bound in bounds:
            tally = self.rows.setdefault(bound.subject, _Tally(at))
            window = timedelta(seconds=bound.seconds)
            if tally.key == key:
                continue
            if tally.since <= at - window:
                tally.since, tally.count = at, 0
            if tally.count >= bound.most:
                return tally.since + window
            tally.count, tally.key = tally.count + 1, key
        return None
