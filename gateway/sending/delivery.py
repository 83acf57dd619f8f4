"""Delivery of one message to one provider, within bounds and whatever the provider does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol, TypeVar

import httpx2
from typing_extensions import override

from channels.contract import Carrier, Delivery, Refusal, Refused, Sent
from core.outbox.message import Claimed, Outgoing
from gateway.runtime.clock import utc_now
from gateway.runtime.http_client import open_client, read_at_most
from gateway.runtime.logs import report
from gateway.sending.routing import Prefixes

BATCH_MAX = 32  # messages under way at once, in one worker
CONNECT_SECONDS = 5.0
RESPONSE_SECONDS = 20.0
RESPONSE_BYTES_MAX = 100_000
DELIVERY_SECONDS_MAX = 60  # of one delivery: well within the lease
GATEWAY_TIMEOUT = 504  # a proxy before the provider gave up waiting for it
DEV: Final = "dev"  # the provider of messages that go nowhere: the operator API shows them

NO_SENDERS: Final[Mapping[str, str]] = {}

Send = Callable[[Claimed], Awaitable[Sent | Refused]]
Takes = Callable[[Outgoing], bool]
T = TypeVar("T")

# Raised before the request is complete; after any other error the provider may have acted.
_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)


def _takes_all(message: Outgoing) -> bool:  # noqa: ARG001 a `Takes`
    return True


@dataclass(frozen=True, slots=True)
class Route:
    """One provider of one channel.

    `echoes_reference`: a receipt tells of a send whose response we never got, or the provider
    recognises a repeated message. Without it, no message is given to the provider twice. `takes`
    tells whether it can carry a message at all. `foresees`: everything that people write by this
    provider is answered from the outbox, which therefore knows when their last message came.
    """

    provider: str
    send: Send
    rate: float = 0.0  # messages a second from this worker; 0: no limit
    echoes_reference: bool = True
    takes: Takes = _takes_all
    foresees: bool = False


class PicturingCarrier(Carrier, Protocol):
    """A carrier that uploads the picture of a message first, and then names it."""

    def upload(self, message: Outgoing) -> Delivery | None:
        """Return the request that hands over the picture, or None if the message has none."""

    def read_upload(self, status: int, body: bytes) -> str | Refused:
        """Return the provider's id of the picture. Total: any status and body."""

    @override
    def compose(self, message: Outgoing, reference: str = "", picture: str = "") -> Delivery:
        """Return the request that hands the message over; without `picture` in words alone."""


# Opens the client that all carriers share.
create_client = partial(
    open_client,
    response_seconds=RESPONSE_SECONDS,
    connect_seconds=CONNECT_SECONDS,
    connections_max=BATCH_MAX,
)


def by_http(
    carrier: Carrier,
    client: httpx2.AsyncClient,
    rate: float = 0.0,
    senders: Mapping[str, str] = NO_SENDERS,
    *,
    foresees: bool = False,
) -> Route:
    """Return the route to a provider's HTTP API; `senders` names some SMS, as `Campaign` does."""
    named = Prefixes(senders)

    async def send(claimed: Claimed) -> Sent | Refused:
        delivery = carrier.compose(_from_sender(claimed.message, named), claimed.id)
        verdict = await _exchange(client, delivery, carrier.read_response)
        if isinstance(verdict, Sent):
            return Sent(verdict.provider_id or claimed.id)
        return verdict

    return Route(carrier.provider, send, rate, carrier.echoes_reference, foresees=foresees)


def by_upload(carrier: PicturingCarrier, client: httpx2.AsyncClient, rate: float = 0.0) -> Route:
    """Return the route to an HTTP API that takes pictures apart from messages."""

    async def send(claimed: Claimed) -> Sent | Refused:
        picture = ""
        if (first := carrier.upload(claimed.message)) is not None:
            taken = await _exchange(client, first, carrier.read_upload)
            if isinstance(taken, str):
                picture = taken
            elif taken.means.about_provider:
                unsure = taken.means is Refusal.UNSURE  # but no message was sent yet
                return replace(taken, means=Refusal.LATER) if unsure else taken
        delivery = carrier.compose(claimed.message, claimed.id, picture)
        return await _exchange(client, delivery, carrier.read_response)

    return Route(carrier.provider, send, rate, carrier.echoes_reference)


async def _exchange(
    client: httpx2.AsyncClient, delivery: Delivery, read: Callable[[int, bytes], T | Refused]
) -> T | Refused:
    """Make the request and read the response; whatever else happens is a refusal."""
    timed = delivery.headers_at(utc_now()) if delivery.headers_at else {}
    try:
        async with client.stream(
            "POST",
            delivery.url,
            headers={**delivery.headers, **timed},
            data=delivery.form,
            json=delivery.json,
            content=delivery.content,
            files=delivery.files,
        ) as response:
            body = await read_at_most(response.aiter_bytes(), RESPONSE_BYTES_MAX)
            verdict = read(response.status_code, body)
            if response.status_code == GATEWAY_TIMEOUT and isinstance(verdict, Refused):
                return replace(verdict, means=Refusal.UNSURE)
            return verdict
    except httpx2.HTTPError as error:
        means = Refusal.LATER if isinstance(error, _NOT_SENT) else Refusal.UNSURE
        return Refused(f"unreachable: {type(error).__name__}", means)


def _from_sender(message: Outgoing, senders: Prefixes[str]) -> Outgoing:
    """Return the message from the sender of its kind: of its first prompt."""
    kind = message.reply.prompts[0].key if message.reply.prompts else ""
    given = message.headers.get("sender", "")
    return replace(message, headers={**message.headers, "sender": senders.find(kind, given)})


async def _keep_here(claimed: Claimed) -> Sent | Refused:
    return Sent(claimed.message.key)


async def deliver(route: Route, claimed: Claimed) -> Sent | Refused:
    """Send one message. An unforeseen error holds up this one, and no other."""
    try:
        async with asyncio.timeout(DELIVERY_SECONDS_MAX):
            return await route.send(claimed)
    except TimeoutError:
        return Refused("took too long", Refusal.UNSURE)
    except Exception as error:  # noqa: BLE001 it is logged, and counts as an attempt
        report("a message could not be sent", error, provider=route.provider)
        return Refused(f"failed: {type(error).__name__}", Refusal.LATER)


async def _cannot(claimed: Claimed) -> Sent | Refused:  # noqa: ARG001 a `Send`
    return Refused("no account sends on this channel", Refusal.LATER)


NO_ACCOUNT = Route("none", _cannot)
KEPT_HERE = Route(DEV, _keep_here)
