"""The sweep of what is kept no longer: who does it, in what batches, and by which periods.

Records, opt-outs and the audit are kept. Each row of a sweep is one domain's own.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.campaign import Keep
from core.cases.undo import UNDO_HOURS, forget_old
from core.database.database import Database
from core.database.leases import Lease
from core.handovers.retention import forget_aliases, forget_forms
from core.operators.calls import KEPT_HOURS, forget_calls
from core.operators.counts import FOLDED_MAX, fold
from core.operators.sessions import forget_sessions
from core.outbox.farewell import delete_farewells
from core.outbox.rate_limits import forget
from core.outbox.retention import blank_old, blank_outdated
from core.registration import evidence, lists
from core.registration.retention import blank_codes, delete_spent
from core.roster.files import KEPT_DAYS, forget_files

LEASE: Final = "retention"
LEASE_SECONDS: Final = 120.0  # longer than a sweep takes, or two would sweep at once
BATCH_MAX: Final = 200  # rows of one transaction, for which turns wait
FILES_MAX: Final = 4  # likewise; SQLite takes 0.05 s to erase one of 5 MiB
LATE_SECONDS: Final = 3_600  # a typed code that a crash left unchecked is checked this much later

Forget = Callable[..., int]  # given a connection, `before` and `limit`; returns how many


class Retention:
    """Forgets in SQL what has outlived its period; only the holder of the lease does."""

    def __init__(self, database: Database, keep: Keep, holder: str) -> None:
        self._database, self._keep = database, keep
        self._lease = Lease(LEASE, holder)

    async def sweep(self, *, now: datetime) -> bool:
        """Forget a batch of each kind; return True if more may be due.

        False, too, where another process holds the lease.
        """
        claim = partial(self._lease.claim, now=now, seconds=LEASE_SECONDS)
        if not await self._database.write(claim):
            return False
        more = False
        for forgets, before, limit in self._batches(now):
            done = await self._database.write(partial(forgets, before=before, limit=limit))
            more = more or done == limit
        return more

    def _batches(self, now: datetime) -> Iterable[tuple[Forget, datetime, int]]:
        """Yield for each kind what forgets it, what is older, and how many at a time."""
        old = now - timedelta(days=self._keep.message_days)
        checked = now - timedelta(seconds=LATE_SECONDS)
        yield fold, now, FOLDED_MAX
        yield forget, now, BATCH_MAX
        yield blank_codes, checked, BATCH_MAX
        yield delete_spent, checked, BATCH_MAX
        yield forget_forms, checked, BATCH_MAX
        yield forget_aliases, now, BATCH_MAX
        yield blank_outdated, now, BATCH_MAX
        yield delete_farewells, now, BATCH_MAX
        yield blank_old, old, BATCH_MAX
        yield forget_sessions, now, BATCH_MAX
        yield forget_calls, now - timedelta(hours=KEPT_HOURS), BATCH_MAX
        brought = now - timedelta(days=self._keep.evidence_days)
        yield lists.erase_older, brought, BATCH_MAX
        yield evidence.erase_older, brought, FILES_MAX
        yield forget_files, now - timedelta(days=KEPT_DAYS), FILES_MAX
        yield forget_old, now - timedelta(hours=UNDO_HOURS), BATCH_MAX
