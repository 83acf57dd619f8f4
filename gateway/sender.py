"""Hand owed messages to providers, until each is sent or given up.

At least once: a crash after a provider took a message and before we noted it sends it again. Where
the wire has a key of its own for that (email: the Message-ID) the second is seen to be the first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import random
from typing import Final

import httpx2

from channels.base import Carrier, Refused, Sent
from core.message import Channel
from core.ports import Claimed, Outbox, Outgoing, RecordStore
from gateway.logs import report
from gateway.metrics import Metrics

POLL_SECONDS = 1.0
BATCH_MAX = 32  # messages under way at once, in one worker
LEASE_SECONDS = 120  # longer than a hand-over may take, or two workers would do the same one
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0
ANSWER_BYTES_MAX = 100_000
HAND_SECONDS_MAX = 60  # of one hand-over, whatever the wire: well within the lease
ATTEMPTS_MAX = 120  # more than fit into the age; a bound all the same
AGE_SECONDS_MAX = 3 * 86_400
STOP_SECONDS = 10.0  # that a stop waits for what is under way
BACKOFF_SECONDS = 5.0  # doubled at every attempt, up to
BACKOFF_SECONDS_MAX = 3_600.0

DEV: Final = "dev"  # the provider of what goes nowhere: the operator API shows it

Hand = Callable[[Outgoing], Awaitable[Sent | Refused]]


@dataclass(frozen=True, slots=True)
class Route:
    """One provider that takes messages of one channel."""

    provider: str
    hand: Hand


def create_client() -> httpx2.AsyncClient:
    """Return the client that all carriers share; it follows no redirect to who knows where."""
    timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    limits = httpx2.Limits(max_connections=BATCH_MAX)
    return httpx2.AsyncClient(timeout=timeout, limits=limits, trust_env=False)


def by_http(carrier: Carrier, client: httpx2.AsyncClient) -> Route:
    """Return the route that a provider's HTTP API is."""

    async def hand(message: Outgoing) -> Sent | Refused:
        delivery = carrier.compose(message)
        try:
            async with client.stream(
                "POST",
                delivery.url,
                headers=dict(delivery.headers),
                data=delivery.form,
                json=delivery.json,
            ) as response:
                return carrier.sent(response.status_code, await _read(response))
        except httpx2.HTTPError as error:
            return Refused(f"unreachable: {type(error).__name__}", retryable=True)

    return Route(carrier.provider, hand)


async def _read(response: httpx2.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= ANSWER_BYTES_MAX:
            break
    return body[:ANSWER_BYTES_MAX]


async def _keep_here(message: Outgoing) -> Sent | Refused:
    return Sent(message.key)


async def _hand(route: Route, message: Outgoing) -> Sent | Refused:
    """Hand over one message. What nobody foresaw holds up this one, and no other."""
    try:
        async with asyncio.timeout(HAND_SECONDS_MAX):
            return await route.hand(message)
    except TimeoutError:
        return Refused("took too long", retryable=True)
    except Exception as error:  # noqa: BLE001 it is told, and counts as an attempt
        report("a hand-over failed", error, provider=route.provider)
        return Refused(f"failed: {type(error).__name__}", retryable=True)


async def _cannot(message: Outgoing) -> Sent | Refused:  # noqa: ARG001 as every hand-over
    return Refused("no account sends on this channel", retryable=True)


NOBODY = Route("none", _cannot)


class Sender:
    """Takes what is owed from the outbox, in this worker."""

    def __init__(
        self,
        outbox: Outbox,
        records: RecordStore,
        routes: Mapping[Channel, Sequence[Route]],
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
    ) -> None:
        self._outbox, self._records, self._routes = outbox, records, routes
        self._metrics, self._clock = metrics, clock
        self._owed = asyncio.Event()

    def nudge(self) -> None:
        """Say that something new is owed."""
        self._owed.set()

    async def run(self) -> None:
        """Send for as long as this runs; what is under way when it stops is finished first."""
        while True:
            self._owed.clear()
            if not await self._finished(asyncio.ensure_future(self.send_due())):
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._owed.wait(), POLL_SECONDS)

    async def _finished(self, batch: asyncio.Future[int]) -> int:
        """Return what the batch returns; a stop waits for it, or a provider is asked twice."""
        try:
            return await asyncio.shield(batch)
        except asyncio.CancelledError:
            await asyncio.wait({batch}, timeout=STOP_SECONDS)
            batch.cancel()
            raise

    async def send_due(self) -> int:
        """Hand over one batch of what is due; return how many were tried."""
        claimed = await self._outbox.claim(
            now=self._clock(), lease_seconds=LEASE_SECONDS, limit=BATCH_MAX
        )
        await asyncio.gather(*(self._send(one) for one in claimed))
        return len(claimed)

    async def _send(self, claimed: Claimed) -> None:
        route = self._route(claimed.message)
        result = await _hand(route, claimed.message)
        match result:
            case Sent(provider_id):
                await self._outbox.sent(
                    claimed.id, provider=route.provider, provider_id=provider_id, at=self._clock()
                )
                self._metrics.outbox("sent")
            case Refused():
                await self._refused(claimed, result)

    def _route(self, message: Outgoing) -> Route:
        routes = self._routes.get(message.channel, ())
        asked = (route for route in routes if route.provider == message.provider)
        return next(asked, routes[0] if routes else Route(DEV, _keep_here))

    async def _refused(self, claimed: Claimed, refused: Refused) -> None:
        now = self._clock()
        if refused.opted_out:
            await self._records.opt(claimed.message.address, out=True, at=now)
        age_seconds = (now - claimed.message.created_at).total_seconds()
        tired = claimed.attempts >= ATTEMPTS_MAX or age_seconds > AGE_SECONDS_MAX
        if refused.retryable and not tired:
            due_at = now + timedelta(seconds=backoff_seconds(claimed.attempts, random()))  # noqa: S311 spread, not secrecy
            await self._outbox.retry(claimed.id, due_at=due_at, why=refused.why)
            self._metrics.outbox("retry")
        else:
            await self._outbox.dead(claimed.id, why=refused.why)
            self._metrics.outbox("dead")


def backoff_seconds(attempts: int, chance: float) -> float:
    """Return how long to wait after so many attempts: half of it certain, half by chance.

    What failed together is then not tried again together.
    """
    longest: float = min(BACKOFF_SECONDS * 2 ** (attempts - 1), BACKOFF_SECONDS_MAX)
    return longest / 2 + longest / 2 * chance
