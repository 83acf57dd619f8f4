"""The feed: sends every new or changed record, in order, until acknowledged.

Delivery is at least once: a crash between the registry's answer and our note of it sends the batch
again, under the same idempotency key. One worker holds the lease, which outlasts any call, so the
registry never receives an older version of a record after a newer one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from typing import Final, NamedTuple

from core.database.unavailable import UnavailableError
from core.registration.feed import SqlFeed, UnsentRecord
from gateway.registry.client import CALL_SECONDS_MAX, Answer, Caller
from gateway.runtime.logs import log
from gateway.runtime.metrics import Metrics
from gateway.runtime.retry import Backoff, Draws

POLL_SECONDS: Final = 1.0
BATCH_MAX: Final = 500  # records
BATCH_BYTES_MAX: Final = 500_000
LEASE_SECONDS: Final = 3 * CALL_SECONDS_MAX  # a call, and the reads and writes around it
STOP_SECONDS: Final = CALL_SECONDS_MAX + 1  # that a stop waits for the batch under way
BACKOFF: Final = Backoff(1.0, 30.0)  # no longer than the lease, or other workers would try
REFUSED_MAX: Final = 100  # in a row; after so many the records are not at fault
ACKNOWLEDGED: Final = range(200, 300)


class Receiver(NamedTuple):
    """Whom records are sent to; `post` returns the answer."""

    post: Callable[[Sequence[UnsentRecord]], Awaitable[Answer]]


class Feed:
    """Sends records, as `holder` of the lease."""

    def __init__(
        self,
        store: SqlFeed,
        receiver: Receiver,
        holder: str,
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._store, self._receiver, self._holder = store, receiver, holder
        self._metrics, self._clock = metrics, clock
        self.draws = Draws()  # a simulation has its own
        self._failures = self._refusals = 0

    async def run(self) -> None:
        """Send for as long as this runs; a stop first finishes the batch under way."""
        try:
            while True:
                wait = await self._finished(asyncio.ensure_future(self.turn()))
                await asyncio.sleep(wait)
        finally:
            with suppress(UnavailableError):
                await self._store.release(self._holder)

    async def _finished(self, turn: asyncio.Future[float]) -> float:
        """Return the turn's result; a stop waits for it."""
        try:
            return await asyncio.shield(turn)
        except asyncio.CancelledError:
            await asyncio.wait({turn}, timeout=STOP_SECONDS)
            turn.cancel()
            raise

    async def turn(self) -> float:
        """Send one batch, if any is due; return the seconds to wait before the next."""
        try:
            sent = await self.send_due()
        except UnavailableError:
            self._failures += 1
            return BACKOFF.seconds(self._failures, self.draws.chance())
        self._failures = 0
        return 0.0 if sent else POLL_SECONDS

    async def send_due(self) -> int:
        """Send one batch; return how many records it held, 0 if another worker has the lease.

        Raises `UnavailableError` if the registry or our database cannot be reached.
        """
        if not await self._store.count_unsent(limit=1) or not await self._claim():
            return 0
        batch = await self._next_batch()
        if batch:
            await self._send(batch)
        return len(batch)

    async def _next_batch(self) -> Sequence[UnsentRecord]:
        # The first retry repeats the same batch; each further one halves it, for a slow registry.
        limit = max(1, BATCH_MAX >> max(0, self._failures - 1))
        return list(_fitting(await self._store.due(limit=limit)))

    async def _claim(self) -> bool:
        return await self._store.claim(
            self._holder, now=self._clock(), lease_seconds=LEASE_SECONDS
        )

    async def _send(self, batch: Sequence[UnsentRecord]) -> None:
        """Send these. If they are refused, send each half, until the faulty record is alone."""
        answer = await self._ask(batch)
        if answer.status in ACKNOWLEDGED:
            await self._store.acknowledge(batch)
            self._count("told")
            self._refusals = 0
            return
        self._count("refused")
        if len(batch) == 1:
            await self._skip(batch[0], answer.status)
            return
        middle = len(batch) // 2
        for half in (batch[:middle], batch[middle:]):
            if await self._claim():
                await self._send(half)

    async def _ask(self, batch: Sequence[UnsentRecord]) -> Answer:
        """Return the answer if it is about these records, else raise `UnavailableError`."""
        try:
            return self._about_records(await self._receiver.post(batch))
        except UnavailableError:
            self._count("unreachable")
            raise

    def _about_records(self, answer: Answer) -> Answer:
        if answer.status in ACKNOWLEDGED or answer.refuses_content:
            return answer
        raise UnavailableError(f"the registry: http_{answer.status}")

    def _count(self, result: str) -> None:
        self._metrics.count("feed", result)

    async def _skip(self, refused: UnsentRecord, status: int) -> None:
        if self._refusals >= REFUSED_MAX:
            raise UnavailableError("the registry refuses every record")
        self._refusals += 1
        await self._store.skip(refused, at=self._clock())
        self._metrics.count("feed_refused")
        log.warning("the registry will not take a record", status=status)


def to_registry(caller: Caller) -> Receiver:
    """Return the registry, which takes records as lines of JSON."""

    async def post(batch: Sequence[UnsentRecord]) -> Answer:
        body = b"".join(one.line for one in batch)
        key = blake2b(body, digest_size=16).hexdigest()
        return await caller.post("/records", "application/x-ndjson", body, key)

    return Receiver(post)


def _fitting(due: Sequence[UnsentRecord]) -> Iterator[UnsentRecord]:
    """Yield the first records that fit in one batch, and the very first in any case."""
    size = 0
    for one in due:
        size += len(one.line)
        if size > BATCH_BYTES_MAX and size > len(one.line):
            return
        yield one
