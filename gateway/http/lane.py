"""The lane: webhooks without ASGI, from the parser's bytes to the channel and back in one write.

ASGI would cost a seventh of a turn's CPU: per request a scope, a cycle, an event, two sends and
two timers (`docs/performance.md`). Only a target that is byte for byte a webhook's path takes the
lane. uvicorn serves all else, also other spellings of these paths, by the same `Webhook`.

An `Exchange` takes the place of uvicorn's request-response cycle in a connection's queue; so
responses leave in order, and a shutdown waits for them. `tests/unit/gateway/http/test_uvicorn.py`
pins what this relies on in uvicorn.
"""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, cast

from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import (
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

from channels.contract import Response
from gateway.http.bounds import BoundedProtocol, Bounds
from gateway.http.webhook import CLOSING_STATUSES, TRY_AGAIN, DisconnectedError, Webhook, too_large
from gateway.runtime.logs import report

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_APP: Final = cast("Any", None)


class Lane:
    """What a server's connections share: the webhooks by path, and the rendered headers."""

    def __init__(self, webhooks: Mapping[str, Webhook]) -> None:
        self.webhooks = {
            path.encode("ascii"): (path, webhook) for path, webhook in webhooks.items()
        }
        self._fields: list[tuple[bytes, bytes]] | None = None
        self._rendered = b""

    def render(self, fields: list[tuple[bytes, bytes]]) -> bytes:
        """Return the server's own headers as bytes; uvicorn makes a new list once a second."""
        if fields is not self._fields:
            self._fields = fields
            self._rendered = b"".join(b"%b: %b\r\n" % field for field in fields)
        return self._rendered


class LaneProtocol(BoundedProtocol):
    """Serves webhooks itself, and leaves every other request to uvicorn."""

    cycle: Any  # an Exchange, or uvicorn's cycle

    def __init__(self, *, lane: Lane, bounds: Bounds, **server: Any) -> None:
        super().__init__(bounds=bounds, **server)
        self.lane = lane

    @override
    def take_request(self) -> None:
        path, _, query = self.url.partition(b"?")
        found = self.lane.webhooks.get(path)
        if found is None or b"#" in query:
            return super().take_request()
        waits = not self._is_idle
        self.cycle = exchange = Exchange(self, *found, query)
        if waits:
            self.flow.pause_reading()
            self.pipeline.appendleft((cast("RequestResponseCycle", exchange), _NO_APP))
        else:
            self._start_asgi_task(cast("RequestResponseCycle", exchange), _NO_APP)
        return None

    @override
    def on_body(self, body: bytes) -> None:
        if isinstance(self.cycle, Exchange):
            self.reset_bytes_left()
            self.cycle.add_body(body)
        else:
            super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        if isinstance(self.cycle, Exchange):
            self.reset_bytes_left()
            self.cycle.end_body()
        else:
            super().on_message_complete()


class Exchange:
    """One request and its response: an `HttpCall`, and for uvicorn a request-response cycle."""

    __slots__ = (
        *("method", "path", "query", "fields", "keep_alive", "more_body", "disconnected"),
        *("response_complete", "_body", "_expects", "_protocol", "_waiter", "_webhook"),
    )

    def __init__(self, protocol: LaneProtocol, path: str, webhook: Webhook, query: bytes) -> None:
        parser = protocol.parser
        is_http_1_0 = parser.get_http_version() == "1.0"
        self.method = parser.get_method().decode("ascii")
        self.path = path
        self.query = query
        self.fields = protocol.headers
        self.keep_alive = not is_http_1_0 and parser.should_keep_alive()
        self.more_body = True
        self.disconnected = False
        self.response_complete = False
        self._body = bytearray()  # a list of two-byte pieces would take twenty times as much
        self._expects = protocol.expect_100_continue and not is_http_1_0
        self._protocol = protocol
        self._waiter: asyncio.Future[None] | None = None
        self._webhook = webhook

    # Called by the parser and uvicorn

    def add_body(self, piece: bytes) -> None:
        """Keep a piece of the body, unless it is already too large."""
        bytes_max = self._webhook.channel.body_bytes_max
        if len(self._body) <= bytes_max:
            self._body += piece
        if len(self._body) > bytes_max:
            self.set()

    def end_body(self) -> None:
        """Mark the body as complete."""
        self.more_body = False
        self.set()

    @property
    def message_event(self) -> "Exchange":
        """Return the event that uvicorn sets when the caller disconnects: itself, see `set`."""
        return self

    def set(self) -> None:
        """Wake the task that waits for the body."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # Called by the webhook

    @property
    def caller(self) -> str:
        """Return the network address of the peer, "" if it has none."""
        client = self._protocol.client
        return client[0] if client else ""

    async def body(self, bytes_max: int) -> bytes:
        """Return the whole body, or raise `RejectedError` (413) or `DisconnectedError`."""
        if self._expects and not self._protocol.transport.is_closing():
            self._protocol.transport.write(_CONTINUE)
        if self.more_body and len(self._body) <= bytes_max and not self.disconnected:
            self._waiter = self._protocol.loop.create_future()
            await self._waiter
        if len(self._body) > bytes_max:
            raise too_large()
        if self.more_body:
            raise DisconnectedError
        return bytes(self._body)

    # The response

    async def run_asgi(self, _app: object) -> None:
        """Respond; uvicorn starts this when earlier requests are answered."""
        try:
            response = await self._webhook.respond(self)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 the caller waits
            report("a request failed", error)
            response, self.keep_alive = TRY_AGAIN, False
        protocol = self._protocol
        if protocol.flow.write_paused:
            await protocol.flow.drain()
        if response is not None and not protocol.transport.is_closing():
            protocol.transport.write(self._render(response))
        self._complete()

    def _complete(self) -> None:
        self.response_complete = True
        if not self.keep_alive:
            self._protocol.transport.close()
        self._protocol.on_response_complete()

    def _render(self, response: Response) -> bytes:
        try:
            head = self._head(response)
        except (KeyError, ValueError) as error:  # an invalid status or content type
            report("a response could not be written", error)
            response, self.keep_alive = TRY_AGAIN, False
            head = self._head(response)
        return head if self.method == "HEAD" else head + response.body

    def _head(self, response: Response) -> bytes:
        protocol, status = self._protocol, response.status
        if status in CLOSING_STATUSES:
            self.keep_alive = False
        return b"%b%b%bcontent-length: %d\r\n%b%b" % (
            STATUS_LINE[status],
            protocol.lane.render(protocol.server_state.default_headers),
            _content_type(response.content_type),
            len(response.body),
            b"".join(_header_line(*field) for field in response.headers)
            if response.headers
            else b"",
            b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n",
        )


def _header_line(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


@lru_cache(maxsize=64)
def _content_type(value: str) -> bytes:
    line = value.encode()
    if HEADER_VALUE_RE.search(line):
        raise ValueError("this is no type of a body")
    return b"content-type: %b\r\n" % line
