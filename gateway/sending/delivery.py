"""Hand one owed message to one provider, and hear what came of it, whatever it does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final

import httpx2

from channels.contract import Carrier, Refused, Sent
from core.outbox.message import Claimed
from gateway.runtime.logs import report

BATCH_MAX = 32  # messages under way at once, in one worker
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 20.0
ANSWER_BYTES_MAX = 100_000
HAND_SECONDS_MAX = 60  # of one hand-over, whatever the wire: well within the lease
GATEWAY_TIMEOUT = 504  # something before the provider gave up waiting for it
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
    """One provider that takes messages of one channel.

    `tells`: a message that it may have taken, silently, can be learned of, or is known by a name
    if it comes again. Where it does not, no message is given to it twice.
    """

    provider: str
    hand: Hand
    rate: float = 0.0  # messages a second from this worker; 0: no limit
    tells: bool = True


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
                verdict = carrier.sent(response.status_code, await _read(response))
                if response.status_code == GATEWAY_TIMEOUT and isinstance(verdict, Refused):
                    return replace(verdict, unsure=True)
                return verdict
        except httpx2.HTTPError as error:
            unsure = not isinstance(error, _NEVER_SAID)
            return Refused(f"unreachable: {type(error).__name__}", retryable=True, unsure=unsure)

    return Route(carrier.provider, hand, rate, carrier.tells)


async def _read(response: httpx2.Response) -> bytes:
    body = b""
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) >= ANSWER_BYTES_MAX:
            break
    return body[:ANSWER_BYTES_MAX]


async def _keep_here(claimed: Claimed) -> Sent | Refused:
    return Sent(claimed.message.key)


async def hand_over(route: Route, claimed: Claimed) -> Sent | Refused:
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
