"""Cases that need no official: certain suggestions are carried out, and answers brought back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from core.cases.carry_out import Decided, Wish
from core.cases.desk import Shown, SqlCases
from core.cases.kinds import CaseStatus, Decision
from core.cases.queue import Search
from core.database.database import Database
from core.database.leases import Lease
from core.database.statements import Connection, Statement, iso_utc

RULE: Final = "rule"  # who decides, in the audit
LEASE: Final = "cases"
LEASE_SECONDS: Final = 60.0
BATCH_MAX: Final = 50  # cases looked at in one read, for which other reads wait
SETTLE_SECONDS: Final = 60  # a case is left alone so long: what came may be sent again, and better
ANSWER_DAYS_MAX: Final = 7  # a question that nobody answers comes back to the queue

# An answer is any newer word from the address, or about the record. A wish to be erased waits for
# its time, and asks nothing.
_ANSWERED = Statement("""
    UPDATE cases
    SET status = 'open', updated_at = :at, version = version + 1
    WHERE id IN (
        SELECT id
        FROM cases
        WHERE status <> 'decided'
            AND status = 'waiting_for_person'
            AND kind <> 'erase_request'
            AND (
                decided_at < :unanswered
                OR EXISTS (
                    SELECT 1
                    FROM intents
                    WHERE intents.kind = cases.address_kind
                        AND intents.value = cases.value
                        AND intents.campaign = cases.campaign
                        AND intents.received_at > cases.decided_at
                )
                OR EXISTS (
                    SELECT 1
                    FROM intents
                    WHERE intents.record_id = cases.record_id
                        AND intents.received_at > cases.decided_at
                )
                OR EXISTS (
                    SELECT 1
                    FROM history
                    WHERE history.record_id = cases.record_id
                        AND history.at > cases.decided_at
                )
            )
        LIMIT :limit
    )
""")


class CaseSweep:
    """Goes through the queue again and again; only the holder of the lease does."""

    def __init__(self, database: Database, cases: SqlCases, holder: str) -> None:
        self._database, self._cases = database, cases
        self._lease = Lease(LEASE, holder)
        self._after = 0  # the last case that this round has looked at

    async def sweep(self, *, now: datetime) -> bool:
        """Look at a batch of cases; return True if there are more in this round.

        False, too, where another process holds the lease.
        """
        claim = partial(self._lease.claim, now=now, seconds=LEASE_SECONDS)
        if not await self._database.write(claim):
            return False
        if not self._after:
            await self._database.write(partial(bring_back, now=now, limit=BATCH_MAX))
        wanted = Search(status=CaseStatus.OPEN, after=self._after)
        found = await self._cases.search(wanted, now=now, limit=BATCH_MAX)
        await self._decide(found, now)
        self._after = found[-1].case.id if len(found) == BATCH_MAX else 0
        return bool(self._after)

    async def _decide(self, found: Sequence[Shown], now: datetime) -> int:
        """Carry out what is certain; return how many cases that closed."""
        settled = iso_utc(now - timedelta(seconds=SETTLE_SECONDS))
        closed = 0
        for shown in found:
            if shown.case.updated_at <= settled and _is_certain(shown):
                done = await self._cases.decide(shown.case.id, _wish(shown, now))
                closed += isinstance(done, Decided)
        return closed


def _is_certain(shown: Shown) -> bool:
    """Return whether a rule decides; never where somebody has decided, and it was undone."""
    fresh = shown.case.decision in ("", Decision.ASK)
    return fresh and shown.suggestion is not None and shown.suggestion.certain


def bring_back(connection: Connection, *, now: datetime, limit: int) -> int:
    """Return cases to the queue whose person has answered, or has not for too long."""
    unanswered = iso_utc(now - timedelta(days=ANSWER_DAYS_MAX))
    return connection.run(_ANSWERED, at=iso_utc(now), unanswered=unanswered, limit=limit)


def _wish(shown: Shown, now: datetime) -> Wish:
    assert shown.suggestion is not None
    return Wish(
        decision=shown.suggestion.decision,
        who=RULE,
        at=now,
        key=f"{RULE}/{shown.case.id}/{shown.case.version}",
        reason=shown.suggestion.reason.key,
        version=shown.evidence.version,
    )
