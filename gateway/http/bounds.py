"""What a caller may send before it is known who calls: heads, their time, and connections.

uvicorn keeps a head in memory until it ends, however long that takes. Here bytes and lines are
counted as they come, so that neither 150 MiB in one line nor a million lines are ever held. A
request within the bounds is uvicorn's, untouched.
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

HEAD_BYTES_MAX: Final = 32_768  # a request line and its headers; trailers; the line of a chunk
HEAD_LINES_MAX: Final = HEADERS_MAX
HEAD_SECONDS_MAX: Final = 10.0  # for a head, from the connection's opening or its own first byte
CONNECTIONS_MAX: Final = 2_000  # of one worker
WAITING_MAX: Final = 100  # requests of one connection that wait for the answer to the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much is taken of a caller; `rejected` is told the status of what is turned away."""

    head_bytes_max: int = HEAD_BYTES_MAX
    head_lines_max: int = HEAD_LINES_MAX
    head_seconds_max: float = HEAD_SECONDS_MAX
    connections_max: int = CONNECTIONS_MAX
    waiting_max: int = WAITING_MAX
    rejected: Callable[[int], None] = lambda _status: None


class _OutOfBoundsError(Exception):
    """The caller sends more than we take."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol with bounds.

    A landmark is a place in the stream where lines end and something else begins: the end of a
    head, of a message, of the line of a chunk, or a piece of a body. `head_bytes_max` may come
    between two. What came in the same read as a landmark, behind it, is not counted.
    """

    def __init__(self, *, bounds: Bounds, **server: Any) -> None:
        super().__init__(**server)
        self.bounds = bounds
        self._room = bounds.head_bytes_max
        self._in_head = False
        self._ended = False  # nothing more is read
        self._broken = HTTPStatus.BAD_REQUEST  # what it is told whose request cannot be read
        self._last_words: HTTPStatus | None = None
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
        self._time_head()
        self._idle_timer = self.loop.call_later(self.timeout_keep_alive, self._look)
        return None

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head_timer, self._idle_timer):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    @property
    def _is_free(self) -> bool:
        """Say whether no request waits for its answer."""
        return self.cycle is None or self.cycle.response_complete

    def _look(self) -> None:
        """Close what is idle; one timer a connection, whatever number of requests it brings."""
        if self.transport.is_closing() or self.flow.write_paused:
            if self._is_stuck:  # it was already when we last looked: nobody reads our answers
                return self.transport.abort()
            self._is_stuck = True
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if not self._is_free or self._head_timer is not None:
            left = self.timeout_keep_alive
        if left <= 0:
            self.transport.close()
        self._idle_timer = self.loop.call_later(max(left, 1.0), self._look)
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
        elif self._last_words is not None:
            self._say(self._last_words)

    # What comes

    @override
    def data_received(self, data: bytes) -> None:
        try:
            if not self._ended:
                self._feed(data)
        except httptools.HttpParserUpgrade:
            self._decline_upgrade()
        except (_OutOfBoundsError, httptools.HttpParserError):
            self._reject(self._broken)
        else:
            if self._in_head and self._head_timer is None:
                self._time_head()

    def _feed(self, data: bytes) -> None:
        while data:
            room = self._room
            if not room:
                self._break(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            piece, data = data[:room], data[room:]
            self._room = room - len(piece)
            self.parser.feed_data(piece)

    def _decline_upgrade(self) -> None:
        """Let the request be answered as if it had not asked, and be the last.

        The parser takes a body for what comes after the upgrade. It must not be read as requests.
        """
        self._ended = True
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
            self._break(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    @override
    def on_headers_complete(self) -> None:
        self._end_head()
        if len(self.pipeline) >= self.bounds.waiting_max:
            self._break(HTTPStatus.TOO_MANY_REQUESTS)
        self.take_request()
        self.headers = []  # trailers come here: counted like headers, and nobody's

    def take_request(self) -> None:
        """Let uvicorn serve the request whose head has come."""
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    @override
    def on_body(self, body: bytes) -> None:
        self.end_line()
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self.end_line()
        super().on_message_complete()

    def end_line(self) -> None:
        """Note a landmark."""
        self._room = self.bounds.head_bytes_max

    # The parser looks for these by their names.
    on_chunk_header = on_chunk_complete = end_line

    def _break(self, status: HTTPStatus) -> NoReturn:
        """Stop, also from within the parser: it tells that something was raised, and not what."""
        self._broken = status
        raise _OutOfBoundsError

    # The time of a head

    def _time_head(self) -> None:
        self._head_timer = self.loop.call_later(self.bounds.head_seconds_max, self._end_late_head)

    def _end_head(self) -> None:
        self._in_head = False
        self.end_line()
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_late_head(self) -> None:
        self._head_timer = None
        if self._in_head:
            self._reject(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()  # it was opened, and nothing said

    # What is turned away

    def _reject(self, status: HTTPStatus) -> None:
        """Say `status` and close, after the answers to what came before."""
        if self._ended:
            return
        self._ended = True
        self.bounds.rejected(status)
        if self.pipeline and self.cycle.more_body:
            self.pipeline.popleft()  # the newest: what is wrong is its own body
            self._last_words = status
        elif self._is_free or self.cycle.more_body:
            self._say(status)
        else:
            self._last_words = status

    def _say(self, status: HTTPStatus) -> None:
        if self.transport.is_closing():
            return
        said = f"{status.phrase.lower()}\n".encode()
        parts = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            parts += [name, b": ", value, b"\r\n"]
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            parts.append(b"retry-after: %d\r\n" % RETRY_SECONDS)
        parts.append(b"content-type: text/plain; charset=utf-8\r\n")
        parts.append(b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(said), said))
        self.transport.write(b"".join(parts))
        self.transport.close()
