"""Tell the registry of every new or changed record, in order, until it acknowledges each.

At least once: a crash after the registry took a batch and before we noted it sends it again, under
the same key. One worker at a time tells, and no call outlives its lease, so that what is told of
one number never goes back.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from typing import Final

from core.database.unavailable import UnavailableError
from core.registration.feed import SqlFeed, UnsentRecord
from gateway.operators.gauges import MEASURE_SECONDS
from gateway.registry.client import CALL_SECONDS_MAX, Answer, Caller
from gateway.runtime.logs import log
from gateway.runtime.metrics import Metrics
from gateway.runtime.retry import Backoff

POLL_SECONDS: Final = 1.0
BATCH_MAX: Final = 500  # records
BATCH_BYTES_MAX: Final = 500_000
LEASE_SECONDS: Final = 3 * CALL_SECONDS_MAX  # a call, and the reading and writing around it
STOP_SECONDS: Final = CALL_SECONDS_MAX + 1  # that a stop waits for what is under way
BACKOFF: Final = Backoff(1.0, 30.0)  # no longer than the lease, or the others would try
REFUSED_MAX: Final = 100  # in a row: after so many, it is not the records that are at fault
ACKNOWLEDGED: Final = range(200, 300)


class Feed:
    """Tells the registry, as `holder` of the lease."""

    def __init__(
        self,
        store: SqlFeed,
        caller: Caller,
        holder: str,
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._caller, self._holder = store, caller, holder
        self._metrics, self._clock = metrics, clock
        self._failures = self._refusals = 0

    async def run(self) -> None:
        """Tell for as long as this runs; what is under way when it stops is finished first."""
        try:
            while True:
                wait = await self._finished(asyncio.ensure_future(self.turn()))
                await asyncio.sleep(wait)
        finally:
            with suppress(UnavailableError):
                await self._store.release(self._holder)

    async def _finished(self, turn: asyncio.Future[float]) -> float:
        """Return what the turn returns; a stop waits for it."""
        try:
            return await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait({turn}, timeout=STOP_SECONDS)
            turn.cancel()
            raise

    async def turn(self) -> float:
        """Tell one batch, if any is due; return how many seconds to wait before the next."""
        try:
            told = await self.tell_due()
        except UnavailableError:
            self._failures += 1
            return BACKOFF.draw_seconds(self._failures)
        self._failures = 0
        return 0.0 if told else POLL_SECONDS

    async def tell_due(self) -> int:
        """Tell one batch; return how many records it held, 0 where another worker tells.

        Raises `UnavailableError` where the registry, or our database, cannot be reached.
        """
        if not await self._store.count_unsent(limit=1) or not await self._claim():
            return 0
        # The first try after a failure is the same batch. A registry that is slow then gets less.
        limit = max(1, BATCH_MAX >> max(0, self._failures - 1))
        batch = list(_fitting(await self._store.due(limit=limit)))
        if batch:
            await self._tell(batch)
        return len(batch)

    async def _claim(self) -> bool:
        return await self._store.claim(
            self._holder, now=self._clock(), lease_seconds=LEASE_SECONDS
        )

    async def _tell(self, batch: Sequence[UnsentRecord]) -> None:
        """Tell these. Where they are refused, tell each half: what is at fault is found alone."""
        answer = await self._post(batch)
        if answer.status in ACKNOWLEDGED:
            await self._store.acknowledge(batch)
            self._metrics.feed_batch("told")
            self._refusals = 0
            return
        self._metrics.feed_batch("refused")
        if len(batch) == 1:
            await self._skip(batch[0], answer.status)
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            if await self._claim():
                await self._tell(half)

    async def _post(self, batch: Sequence[UnsentRecord]) -> Answer:
        """Return the answer, where it is one about these records."""
        body = b"".join(one.line for one in batch)
        key = blake2b(body, digest_size=16).hexdigest()
        try:
            answer = await self._caller.post("/records", "application/x-ndjson", body, key)
            return _about_records(answer)
        except UnavailableError:
            self._metrics.feed_batch("unreachable")
            raise

    async def _skip(self, refused: UnsentRecord, status: int) -> None:
        if self._refusals >= REFUSED_MAX:
            raise UnavailableError("the registry refuses whatever it is told")
        self._refusals += 1
        await self._store.skip(refused, at=self._clock())
        self._metrics.feed_refused()
        log().warning("the registry will not take a record", status=status)


def _about_records(answer: Answer) -> Answer:
    if answer.status in ACKNOWLEDGED or answer.refuses_content:
        return answer
    raise UnavailableError(f"the registry: http_{answer.status}")


def _fitting(due: Sequence[UnsentRecord]) -> Iterator[UnsentRecord]:
    """Yield the first ones that fit into one batch, and the very first in any case."""
    size = 0
    for one in due:
        size += len(one.line)
        if size > BATCH_BYTES_MAX and size > len(one.line):
            return
        yield one


async def measure_untold_forever(store: SqlFeed, metrics: Metrics) -> None:
    """Show every few seconds how many records wait."""
    while True:
        metrics.feed_waiting(await store.count_unsent())
        await asyncio.sleep(MEASURE_SECONDS)
