"""Hand owed messages to providers, until each is sent or given up.

At least once: a crash after a provider took a message and before we noted it sends it again. Where
the wire has a key of its own for that (email: the Message-ID) the second is seen to be the first.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import random
from time import monotonic
from typing import Final

import httpx2

from channels.base import Carrier, Refused, Sent
from core.message import AddressKind, Channel
from core.ports import Claimed, Outbox, Outgoing, RecordStore
from core.receipts import STAND_IN
from gateway.logs import report
from gateway.metrics import Metrics
from gateway.routing import Health, Pace, order

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
UNSURE_SECONDS = 60.0  # that a receipt may take to tell what a provider did not
PACED_SECONDS_MAX = 30.0  # that a claimed message may wait for its turn at a provider
BACKOFF_SECONDS = 5.0  # doubled at every attempt, up to
BACKOFF_SECONDS_MAX = 3_600.0

DEV: Final = "dev"  # the provider of what goes nowhere: the operator API shows it

Hand = Callable[[Claimed], Awaitable[Sent | Refused]]

# These end before the provider has heard all of it; after any other it may have acted.
_NEVER_SAID = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Route:
    """One provider that takes messages of one channel."""

    provider: str
    hand: Hand
    rate: float = 0.0  # messages a second from this worker; 0: no limit


def create_client() -> httpx2.AsyncClient:
    """Return the client that all carriers share; it follows no redirect to who knows where."""
    timeout = httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
    limits = httpx2.Limits(max_connections=BATCH_MAX)
    return httpx2.AsyncClient(timeout=timeout, limits=limits, trust_env=False)


def by_http(carrier: Carrier, client: httpx2.AsyncClient, rate: float = 0.0) -> Route:
    """Return the route that a provider's HTTP API is."""

    async def hand(claimed: Claimed) -> Sent | Refused:
        delivery = carrier.compose(claimed.message, claimed.id)
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
            unsure = not isinstance(error, _NEVER_SAID)
            return Refused(f"unreachable: {type(error).__name__}", retryable=True, unsure=unsure)

    return Route(carrier.provider, hand, rate)


async def _read(response: httpx2.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= ANSWER_BYTES_MAX:
            break
    return body[:ANSWER_BYTES_MAX]


async def _keep_here(claimed: Claimed) -> Sent | Refused:
    return Sent(claimed.message.key)


async def _hand(route: Route, claimed: Claimed) -> Sent | Refused:
    """Hand over one message. What nobody foresaw holds up this one, and no other."""
    try:
        async with asyncio.timeout(HAND_SECONDS_MAX):
            return await route.hand(claimed)
    except TimeoutError:
        return Refused("took too long", retryable=True, unsure=True)
    except Exception as error:  # noqa: BLE001 it is told, and counts as an attempt
        report("a hand-over failed", error, provider=route.provider)
        return Refused(f"failed: {type(error).__name__}", retryable=True)


async def _cannot(claimed: Claimed) -> Sent | Refused:  # noqa: ARG001 as every hand-over
    return Refused("no account sends on this channel", retryable=True)


NOBODY = Route("none", _cannot)
KEPT_HERE = Route(DEV, _keep_here)


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
        """`routes` are in the order in which they are tried."""
        self._outbox, self._records, self._routes = outbox, records, routes
        self._metrics, self._clock = metrics, clock
        self._health, self._pace = Health(), Pace()
        self._batch_max = _batch_max(routes)
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
            now=self._clock(), lease_seconds=LEASE_SECONDS, limit=self._batch_max
        )
        await asyncio.gather(*(self._send(one) for one in claimed))
        return len(claimed)

    async def _send(self, claimed: Claimed) -> None:
        """Try one provider after the other, until one takes it or may have taken it."""
        refused_by, why = list(claimed.refused_by), ""
        for route in self._candidates(claimed):
            result = await self._hand(route, claimed)
            if isinstance(result, Sent):
                await self._outbox.sent(
                    claimed.id,
                    provider=route.provider,
                    provider_id=result.provider_id,
                    at=self._clock(),
                )
                self._metrics.outbox("sent")
                return
            why = result.why
            if result.unsure:
                await self._doubt(claimed, route.provider, why, refused_by)
                return
            if result.opted_out or not (result.retryable or result.switch):
                await self._give_up(claimed, result)
                return
            refused_by += [route.provider] if result.switch else []
        await self._again(claimed, why, refused_by)

    def _candidates(self, claimed: Claimed) -> list[Route]:
        message = claimed.message
        routes = {route.provider: route for route in self._reach(message)}
        resting, here = self._health.resting(now=monotonic()), f"{message.channel}/"
        last = {name.removeprefix(here) for name in resting if name.startswith(here)}
        names = order(
            list(routes),
            asked=message.provider,
            refused_by=claimed.refused_by,
            last=last | {claimed.unsure_of},
        )
        return [routes[name] for name in names]

    def _reach(self, message: Outgoing) -> Sequence[Route]:
        """Return every route to this person: a chat's number takes SMS, too, as a last resort."""
        routes = self._routes.get(message.channel, ()) or (KEPT_HERE,)
        if message.channel is Channel.WHATSAPP and message.address.kind is AddressKind.PHONE:
            texts = self._routes.get(Channel.SMS, ())
            return (*routes, *(replace(one, provider=STAND_IN + one.provider) for one in texts))
        return routes

    async def _hand(self, route: Route, claimed: Claimed) -> Sent | Refused:
        """Hand over in the provider's pace, and note how it did."""
        paced = route.provider.removeprefix(STAND_IN)
        wait_seconds = self._pace.wait_seconds(paced, rate=route.rate, now=monotonic())
        await asyncio.sleep(wait_seconds)
        result = await _hand(route, claimed)
        well = isinstance(result, Sent) or not (result.retryable or result.unsure)
        name = f"{claimed.message.channel}/{route.provider}"
        up = self._health.note(name, well=well, now=monotonic())
        said = "sent" if isinstance(result, Sent) else _kind(result)
        self._metrics.answered(claimed.message.channel, route.provider, said, up=up)
        return result

    async def _doubt(
        self, claimed: Claimed, provider: str, why: str, refused_by: Sequence[str]
    ) -> None:
        """Wait for a receipt to say whether it was taken; silence hands over to the next."""
        due_at = self._clock() + timedelta(seconds=UNSURE_SECONDS)
        if self._tired(claimed):
            await self._dead(claimed, why)
            return
        await self._outbox.retry(
            claimed.id, due_at=due_at, why=why, refused_by=refused_by, unsure_of=provider
        )
        self._metrics.outbox("unsure")

    async def _give_up(self, claimed: Claimed, refused: Refused) -> None:
        if refused.opted_out:
            await self._records.opt(claimed.message.address, out=True, at=self._clock())
        await self._dead(claimed, refused.why)

    async def _again(self, claimed: Claimed, why: str, refused_by: Sequence[str]) -> None:
        """Nobody took it: try again later, if anybody may take it then."""
        left = {route.provider for route in self._reach(claimed.message)} - set(refused_by)
        if not left or self._tired(claimed):
            await self._dead(claimed, why)
            return
        due_at = self._clock() + timedelta(seconds=backoff_seconds(claimed.attempts, random()))  # noqa: S311 spread, not secrecy
        await self._outbox.retry(claimed.id, due_at=due_at, why=why, refused_by=refused_by)
        self._metrics.outbox("retry")

    async def _dead(self, claimed: Claimed, why: str) -> None:
        await self._outbox.dead(claimed.id, why=why)
        self._metrics.outbox("dead")

    def _tired(self, claimed: Claimed) -> bool:
        since = claimed.message.not_before or claimed.message.created_at
        age_seconds = (self._clock() - since).total_seconds()
        return claimed.attempts >= ATTEMPTS_MAX or age_seconds > AGE_SECONDS_MAX


def backoff_seconds(attempts: int, chance: float) -> float:
    """Return how long to wait after so many attempts: half of it certain, half by chance.

    What failed together is then not tried again together.
    """
    longest: float = min(BACKOFF_SECONDS * 2 ** (attempts - 1), BACKOFF_SECONDS_MAX)
    return longest / 2 + longest / 2 * chance


def _batch_max(routes: Mapping[Channel, Sequence[Route]]) -> int:
    """Return how many may be under way, so that none waits for its turn longer than its lease."""
    rates = [route.rate for several in routes.values() for route in several if route.rate]
    slowest = min(rates, default=BATCH_MAX)
    return max(1, min(BATCH_MAX, int(slowest * PACED_SECONDS_MAX)))


def _kind(refused: Refused) -> str:
    if refused.unsure:
        return "unsure"
    if refused.retryable:
        return "retry"
    return "switch" if refused.switch else "refused"
