"""Hand one owed message to one provider, and hear what came of it, whatever it does."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import httpx2

from channels.contract import Carrier, Refusal, Refused, Sent
from core.outbox.message import Claimed
from gateway.runtime.http_client import open_client, read_at_most
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
    echoes_reference: bool = True


# Makes the client that all carriers share.
create_client = partial(
    open_client,
    answer_seconds=ANSWER_SECONDS,
    connect_seconds=CONNECT_SECONDS,
    connections_max=BATCH_MAX,
)


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
                body = await read_at_most(response.aiter_bytes(), ANSWER_BYTES_MAX)
                verdict = carrier.sent(response.status_code, body)
                if response.status_code == GATEWAY_TIMEOUT and isinstance(verdict, Refused):
                    return replace(verdict, means=Refusal.UNSURE)
                return verdict
        except httpx2.HTTPError as error:
            means = Refusal.LATER if isinstance(error, _NEVER_SAID) else Refusal.UNSURE
            return Refused(f"unreachable: {type(error).__name__}", means)

    return Route(carrier.provider, hand, rate, carrier.echoes_reference)


async def _keep_here(claimed: Claimed) -> Sent | Refused:
    return Sent(claimed.message.key)


async def deliver(route: Route, claimed: Claimed) -> Sent | Refused:
    """Hand over one message. What nobody foresaw holds up this one, and no other."""
    try:
        async with asyncio.timeout(HAND_SECONDS_MAX):
            return await route.hand(claimed)
    except TimeoutError:
        return Refused("took too long", Refusal.UNSURE)
    except Exception as error:  # noqa: BLE001 it is told, and counts as an attempt
        report("a hand-over failed", error, provider=route.provider)
        return Refused(f"failed: {type(error).__name__}", Refusal.LATER)


async def _cannot(claimed: Claimed) -> Sent | Refused:  # noqa: ARG001 as every hand-over
    return Refused("no account sends on this channel", Refusal.LATER)


NOBODY = Route("none", _cannot)
KEPT_HERE = Route(DEV, _keep_here)
