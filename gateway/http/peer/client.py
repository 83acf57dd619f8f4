"""Pass turns that this gateway cannot serve to the other one, its peer."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Final

import httpx2

from channels.contract import Request, Response
from gateway.http.peer.envelope import PATH, SIGNATURE, seal, unseal_response
from gateway.runtime.breaker import Breaker
from gateway.runtime.clock import Clock
from gateway.runtime.deadline import Deadline
from gateway.runtime.http_client import open_client, read_at_most
from gateway.runtime.logs import describe, log
from gateway.runtime.metrics import Metrics

OWN_SECONDS: Final = 3.5  # for our own attempt, to leave the peer a share of TURN_SECONDS
PASS_SECONDS: Final = 4.0
CONNECT_SECONDS: Final = 1.0
CONNECTIONS_MAX: Final = 64
PASSING_MAX: Final = 256  # concurrent passed turns; more get 503
RESPONSE_BYTES_MAX: Final = 200_000
REST_SECONDS: Final = 2.0  # after a failure, while turns go to the peer first

# Opens when our own stores fail; after the rest a single turn tries them.
own_stores_breaker = partial(Breaker, failures_max=1, rest_seconds=REST_SECONDS)


@dataclass(slots=True, kw_only=True)
class Peer:
    """The other gateway at `url`; an empty one means that we only accept its turns.

    `deadline` bounds our own attempt at a turn that we may pass or that the peer passed.
    """

    url: str
    secret: str = field(repr=False)
    client: httpx2.AsyncClient
    metrics: Metrics
    clock: Clock
    deadline: Deadline
    circuit: Breaker = field(default_factory=own_stores_breaker)
    draining: bool = False
    _passing: int = 0

    def comes_first(self) -> bool:
        """Return True if a turn is to be passed without trying it here."""
        return self.draining or not self.circuit.allows(monotonic())

    async def ask(self, request: Request) -> Response | None:
        """Return the peer's response to a turn, or None without a valid one in time."""
        if self._passing >= PASSING_MAX:
            return self._count(None)
        self._passing += 1
        try:
            async with asyncio.timeout(PASS_SECONDS):
                return self._count(await self._pass(request))
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            log.warning("the peer did not answer", **describe(error))
            return self._count(None)
        finally:
            self._passing -= 1

    async def _pass(self, request: Request) -> Response | None:
        body, signature = seal(request, self.secret, at=self.clock())
        headers = {SIGNATURE: signature, "content-type": "application/json"}
        url = self.url + PATH
        async with self.client.stream("POST", url, content=body, headers=headers) as response:
            sealed = await read_at_most(response.aiter_bytes(), RESPONSE_BYTES_MAX + 1)
            signed = response.headers.get(SIGNATURE, "")
        if response.status_code != httpx2.codes.OK:
            log.warning("the peer did not serve a turn", status=response.status_code)
            return None
        if len(sealed) > RESPONSE_BYTES_MAX:
            return None
        return unseal_response(sealed, signed, signature, self.secret)

    def _count(self, response: Response | None) -> Response | None:
        self.metrics.count("peer_turns", "passed", "failed" if response is None else "answered")
        return response


# Opens the HTTP client for the peer alone.
create_client = partial(
    open_client,
    response_seconds=PASS_SECONDS,
    connect_seconds=CONNECT_SECONDS,
    connections_max=CONNECTIONS_MAX,
)
