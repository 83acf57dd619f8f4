"""The short way of a webhook: from the parser's bytes to the channel, and back in one write.

Written by hand because ASGI costs a turn a seventh of its CPU: a scope, a cycle, an event, two
sends and two timers a request (`docs/performance.md`). Only a target that is, byte for byte, the
path of a wire goes this way. Everything else is uvicorn's, and a wire that is asked for in another
spelling is served there, by the same `Webhook`.

An `Exchange` stands in uvicorn's own queue of a connection in the place of its request-response
cycle, so that answers leave in order, and a stop waits for them. What of uvicorn this leans on
stands in `tests/unit/gateway/http/test_uvicorn.py`.
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
from gateway.http.webhook import CLOSING, UNSURE, GoneError, Webhook, too_large
from gateway.runtime.logs import report

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_NO_APP: Final = cast("Any", None)


class Lane:
    """The wires, by the bytes of their paths; what all connections of a server share."""

    def __init__(self, wires: Mapping[str, Webhook]) -> None:
        self.wires = {path.encode("ascii"): (path, wire) for path, wire in wires.items()}
        self._fields: list[tuple[bytes, bytes]] | None = None
        self._rendered = b""

    def render(self, fields: list[tuple[bytes, bytes]]) -> bytes:
        """Return the server's own headers; it makes a new list of them once a second."""
        if fields is not self._fields:
            self._fields = fields
            self._rendered = b"".join(b"%b: %b\r\n" % field for field in fields)
        return self._rendered


class LaneProtocol(BoundedProtocol):
    """Serves wires itself, and hands every other request to uvicorn."""

    cycle: Any  # an Exchange, or uvicorn's own

    def __init__(self, *, lane: Lane, bounds: Bounds, **server: Any) -> None:
        super().__init__(bounds=bounds, **server)
        self.lane = lane

    @override
    def take_request(self) -> None:
        path, _, query = self.url.partition(b"?")
        found = self.lane.wires.get(path)
        if found is None or b"#" in query:
            return super().take_request()
        waits = not self._is_free
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
            self.end_line()
            self.cycle.take(body)
        else:
            super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        if isinstance(self.cycle, Exchange):
            self.end_line()
            self.cycle.end()
        else:
            super().on_message_complete()


class Exchange:
    """One request to a wire and its answer: a `Call`, and what uvicorn takes for a cycle."""

    __slots__ = (
        *("method", "path", "query", "fields", "keep_alive", "more_body", "disconnected"),
        *("response_complete", "_body", "_expects", "_protocol", "_waiter", "_webhook"),
    )

    def __init__(self, protocol: LaneProtocol, path: str, webhook: Webhook, query: bytes) -> None:
        parser = protocol.parser
        is_old = parser.get_http_version() == "1.0"
        self.method = parser.get_method().decode("ascii")
        self.path = path
        self.query = query
        self.fields = protocol.headers
        self.keep_alive = not is_old and parser.should_keep_alive()
        self.more_body = True
        self.disconnected = False
        self.response_complete = False
        self._body = bytearray()  # a list of pieces of two bytes would take twenty times as much
        self._expects = protocol.expect_100_continue and not is_old
        self._protocol = protocol
        self._waiter: asyncio.Future[None] | None = None
        self._webhook = webhook

    # What the parser and uvicorn tell

    def take(self, piece: bytes) -> None:
        """Keep a piece of the body, if the body is not known to be too large."""
        bytes_max = self._webhook.channel.body_bytes_max
        if len(self._body) <= bytes_max:
            self._body += piece
        if len(self._body) > bytes_max:
            self.set()

    def end(self) -> None:
        """Note that the body has come whole."""
        self.more_body = False
        self.set()

    @property
    def message_event(self) -> "Exchange":
        """Return what uvicorn sets when the caller is gone."""
        return self

    def set(self) -> None:
        """Wake who waits for the body."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What the webhook asks

    async def body(self, bytes_max: int) -> bytes:
        """Return the whole body, or raise `RejectedError` (413) or `GoneError`."""
        if self._expects and not self._protocol.transport.is_closing():
            self._protocol.transport.write(_CONTINUE)
        if self.more_body and len(self._body) <= bytes_max and not self.disconnected:
            self._waiter = self._protocol.loop.create_future()
            await self._waiter
        if len(self._body) > bytes_max:
            raise too_large()
        if self.more_body:
            raise GoneError
        return bytes(self._body)

    # The answer

    async def run_asgi(self, _app: object) -> None:
        """Answer; uvicorn starts this when it is this request's turn."""
        try:
            response = await self._webhook.answer(self)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 an answer is owed
            report("a request failed", error)
            response, self.keep_alive = UNSURE, False
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
        except (KeyError, ValueError) as error:  # a status or type that no answer may have
            report("an answer could not be written", error)
            response, self.keep_alive = UNSURE, False
            head = self._head(response)
        return head if self.method == "HEAD" else head + response.body

    def _head(self, response: Response) -> bytes:
        protocol, status = self._protocol, response.status
        if status in CLOSING:
            self.keep_alive = False
        return b"%b%b%bcontent-length: %d\r\n%b%b" % (
            STATUS_LINE[status],
            protocol.lane.render(protocol.server_state.default_headers),
            _content_type(response.content_type),
            len(response.body),
            b"".join(_line(*field) for field in response.headers) if response.headers else b"",
            b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n",
        )


def _line(name: str, value: str) -> bytes:
    return f"{name}: {value}\r\n".encode()


@lru_cache(maxsize=64)
def _content_type(value: str) -> bytes:
    line = value.encode()
    if HEADER_VALUE_RE.search(line):
        raise ValueError("this is no type of a body")
    return b"content-type: %b\r\n" % line
