"""Bound what an unauthenticated caller may send: heads, their time, connections, pipelining.

uvicorn buffers a head until it ends, however long that takes. Here bytes and lines are counted on
arrival; neither 150 MiB in one line nor a million lines are ever held. uvicorn serves requests
within the bounds unchanged.
"""

from asyncio import TimerHandle, Transport
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, NoReturn

import httptools
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from gateway.http.webhook import HEADERS_MAX, RETRY_SECONDS

HEAD_BYTES_MAX: Final = 32_768  # a request line and headers; trailers; a chunk's line
HEAD_LINES_MAX: Final = HEADERS_MAX
HEAD_SECONDS_MAX: Final = 10.0  # for a head, from the connection's start or the head's first byte
CONNECTIONS_MAX: Final = 2_000  # per worker
PIPELINED_MAX: Final = 100  # requests of one connection that wait for an earlier response


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The bounds of a server; it calls `rejected` with the status of each rejected request."""

    head_bytes_max: int = HEAD_BYTES_MAX
    head_lines_max: int = HEAD_LINES_MAX
    head_seconds_max: float = HEAD_SECONDS_MAX
    connections_max: int = CONNECTIONS_MAX
    pipelined_max: int = PIPELINED_MAX
    rejected: Callable[[int], None] = lambda _status: None


class _OutOfBoundsError(Exception):
    """The caller exceeds a bound."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with bounds.

    At most `head_bytes_max` may arrive between two landmarks: the end of a head, of a message or
    of a chunk's line, or a piece of a body. Bytes after a landmark in the same read do not count.
    """

    def __init__(self, *, bounds: Bounds, **server: Any) -> None:
        super().__init__(**server)
        self.bounds = bounds
        self._bytes_left = bounds.head_bytes_max
        self._in_head = False
        self._reading_ended = False
        self._error_status = HTTPStatus.BAD_REQUEST  # the response to the parser's next error
        self._pending_error: HTTPStatus | None = None  # to send after the pipeline's responses
        self._head_timer: TimerHandle | None = None
        self._idle_timer: TimerHandle | None = None
        self._idle_since = 0.0
        self._is_stuck = False

    # The connection

    @override
    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.bounds.connections_max:
            return self._reject(HTTPStatus.SERVICE_UNAVAILABLE)
        self._idle_since = self.loop.time()
        self._start_head_timer()
        self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)
        return None

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head_timer, self._idle_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    @property
    def _is_idle(self) -> bool:
        """Return True if no request waits for its response."""
        return self.cycle is None or self.cycle.response_complete

    def _close_if_idle(self) -> None:
        """Close an idle connection; one timer per connection, however many requests it brings."""
        if self.transport.is_closing() or self.flow.write_paused:
            if self._is_stuck:  # also at the last check: the caller does not read
                return self.transport.abort()
            self._is_stuck = True
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if not self._is_idle or self._head_timer is not None:
            left = self.timeout_keep_alive
        if left <= 0:
            self.transport.close()
        self._idle_timer = self.loop.call_later(max(left, 1.0), self._close_if_idle)
        return None

    @override
    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._is_stuck = False
        self._idle_since = self.loop.time()
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._pending_error is not None:
            self._write_error(self._pending_error)

    # Incoming data

    @override
    def data_received(self, data: bytes) -> None:
        try:
            if not self._reading_ended:
                self._feed(data)
        except httptools.HttpParserUpgrade:
            self._decline_upgrade()
        except (_OutOfBoundsError, httptools.HttpParserError):
            self._reject(self._error_status)
        else:
            if self._in_head and self._head_timer is None:
                self._start_head_timer()

    def _feed(self, data: bytes) -> None:
        while data:
            left = self._bytes_left
            if not left:
                self._stop_parsing(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            piece, data = data[:left], data[left:]
            self._bytes_left = left - len(piece)
            self.parser.feed_data(piece)

    def _decline_upgrade(self) -> None:
        """Answer as if no upgrade were asked for, then close.

        What follows an upgrade must not be read as requests.
        """
        self._reading_ended = True
        self.cycle.keep_alive = False

    @override
    def on_message_begin(self) -> None:
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._in_head = True

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= self.bounds.head_lines_max:
            self._stop_parsing(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    @override
    def on_headers_complete(self) -> None:
        self._end_head()
        if len(self.pipeline) >= self.bounds.pipelined_max:
            self._stop_parsing(HTTPStatus.TOO_MANY_REQUESTS)
        self.take_request()
        self.headers = []  # trailers arrive here: counted as headers, then ignored

    def take_request(self) -> None:
        """Let uvicorn serve the request whose head is complete."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self.reset_bytes_left()
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self.reset_bytes_left()
        super().on_message_complete()

    def reset_bytes_left(self) -> None:
        """Mark a landmark."""
        self._bytes_left = self.bounds.head_bytes_max

    # httptools finds callbacks by name.
    on_chunk_header = on_chunk_complete = reset_bytes_left

    def _stop_parsing(self, status: HTTPStatus) -> NoReturn:
        """Stop, also within a parser callback: httptools hides which exception it raised."""
        self._error_status = status
        raise _OutOfBoundsError

    # Time limit of a head

    def _start_head_timer(self) -> None:
        self._head_timer = self.loop.call_later(self.bounds.head_seconds_max, self._head_timed_out)

    def _end_head(self) -> None:
        self._in_head = False
        self.reset_bytes_left()
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_timed_out(self) -> None:
        self._head_timer = None
        if self._in_head:
            self._reject(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()  # nothing was sent

    # Rejection

    def _reject(self, status: HTTPStatus) -> None:
        """Respond with `status` after the responses to earlier requests, and close."""
        if self._reading_ended:
            return
        self._reading_ended = True
        self.bounds.rejected(status)
        if self.pipeline and self.cycle.more_body:
            self.pipeline.popleft()  # the newest request, whose body is the error
            self._pending_error = status
        elif self._is_idle or self.cycle.more_body:
            self._write_error(status)
        else:
            self._pending_error = status

    def _write_error(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        body = f"{status.phrase.lower()}\n".encode()
        parts = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            parts += [name, b": ", value, b"\r\n"]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            parts.append(b"retry-after: %d\r\n" % RETRY_SECONDS)
        parts.append(b"content-type: text/plain; charset=utf-8\r\n")
        parts.append(b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(body), body))
        self.transport.write(b"".join(parts))
        self.transport.close()
