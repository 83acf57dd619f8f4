"""The verifier: looks records up whose check is due, and retries until the registry answers.

"Not listed" is an answer, and the person is told once. An unreachable registry is our problem: the
check is postponed for as long as it takes, and the person is not asked again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.database.unavailable import UnavailableError
from core.registration.checks import Check, SqlChecks
from core.roster.listing import Listing, Registry, judge_listing
from gateway.runtime.clock import Clock
from gateway.runtime.logs import report
from gateway.runtime.metrics import Metrics
from gateway.runtime.retry import Backoff, Draws

POLL_SECONDS = 1.0
BATCH_MAX = 32  # checks under way at once, in one worker
LEASE_SECONDS = 30  # longer than a look-up, or two workers would ask the same
ASK_SECONDS_MAX = 25  # of one look-up: well within the lease
PAUSE_SECONDS = 3.0  # after a batch without any answer
BACKOFF = Backoff(2.0, 60.0)  # so a check waits at most a minute beyond an outage


@dataclass(slots=True, kw_only=True, eq=False)
class Verifier:
    """Carries out due checks, in this worker; calls `on_pending` when a message is."""

    checks: SqlChecks
    registry: Registry
    name_match_min: int
    metrics: Metrics
    clock: Clock
    on_pending: Callable[[], None] = lambda: None
    draws: Draws = field(default_factory=Draws)
    _down: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Carry out checks for as long as this runs."""
        while True:
            more = await self.checks.schedule_rechecks(now=self.clock())
            settled = await self.verify_due(self.clock())
            if self._down:
                await asyncio.sleep(PAUSE_SECONDS)
            elif not (settled or more):
                await asyncio.sleep(POLL_SECONDS)

    async def verify_due(self, now: datetime) -> int:
        """Carry out one batch of due checks; return how many the registry answered."""
        checks = await self.checks.claim(now=now, lease_seconds=LEASE_SECONDS, limit=BATCH_MAX)
        answered = sum(await asyncio.gather(*(self._verify(check) for check in checks)))
        if checks:
            self._down = not answered
        return answered

    async def _verify(self, check: Check) -> bool:
        try:
            async with asyncio.timeout(ASK_SECONDS_MAX):
                listing = await self.registry.look_up(check.applicant)
        except (UnavailableError, TimeoutError):
            await self._postpone(check)
        except Exception as error:  # noqa: BLE001 one failure must not hold up the rest
            report("the registry cannot be asked", error)
            await self._postpone(check)
        else:
            await self._settle(check, listing)
            return True
        return False

    async def _settle(self, check: Check, listing: Listing | None) -> None:
        if listing is None:
            await self.checks.close(check)
            self.metrics.count("verifications", "no_word")
            return
        verdict = judge_listing(
            check.applicant.full_name, listing, name_match_min=self.name_match_min
        )
        if await self.checks.settle(check, verdict, listing.facility_code, at=self.clock()):
            self.on_pending()
        self.metrics.count("verifications", verdict)

    async def _postpone(self, check: Check) -> None:
        seconds = BACKOFF.seconds(check.attempts, self.draws.chance())
        due_at = self.clock() + timedelta(seconds=seconds)
        await self.checks.postpone(check, due_at=due_at)
        self.metrics.count("verifications", "unreachable")
