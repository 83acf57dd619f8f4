"""One connection to Redis: one write per turn of the event loop; answers come in order."""

import asyncio
import errno
from collections import deque
from typing import Any, cast

from hiredis import ProtocolError, Reader, pack_command
from redis.exceptions import ResponseError
from typing_extensions import override

_NOTHING = object()  # the reader's value for an incomplete answer


class PendingCall:
    """A command without an answer yet; `done` gets its value, or its error as a value."""

    __slots__ = ("done", "made", "packed", "resent")

    def __init__(self, packed: bytes, loop: asyncio.AbstractEventLoop) -> None:
        self.packed = packed
        self.done: asyncio.Future[Any] = loop.create_future()
        self.made = loop.time()
        self.resent = False

    def settle(self, answer: Any) -> None:
        """Give the caller its answer, unless it was cancelled."""
        if not self.done.done():
            self.done.set_result(answer)


class Wire(asyncio.Protocol):
    """Matches the nth answer to the nth call, so an answer without a call ends it.

    `lost` resolves to the error that ended it; calls without an answer then remain in the queue
    that it carried.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, answer_seconds: float) -> None:
        self.lost: asyncio.Future[Exception] = loop.create_future()
        self._loop = loop
        self._answer_seconds = answer_seconds
        self._reader = Reader(replyError=ResponseError, notEnoughData=_NOTHING)
        self._calls: deque[PendingCall] = deque()
        self._unsent: list[bytes] = []
        self._transport: asyncio.Transport | None = None
        self._watchdog: asyncio.TimerHandle | None = None
        self._error: Exception | None = None

    async def ask(self, *args: Any) -> Any:
        """Return the answer to one command, before `carry`, or raise its error."""
        call = PendingCall(pack_command(args), self._loop)
        self._calls.append(call)
        self.send(call.packed)
        await asyncio.wait({call.done, self.lost}, return_when=asyncio.FIRST_COMPLETED)
        answer = call.done.result() if call.done.done() else self.lost.result()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def carry(self, calls: deque[PendingCall]) -> None:
        """Send the calls in this queue; a caller that appends one later also calls `send`."""
        self._calls = calls
        for call in calls:
            self.send(call.packed)
        self._watch()

    def send(self, packed: bytes) -> None:
        """Write it together with everything else sent in this turn of the event loop."""
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(packed)

    def end(self, error: Exception) -> None:
        """Abort the connection."""
        self._error = self._error or error
        if self._transport is None:  # never connected
            self.connection_lost(None)
        else:
            self._transport.abort()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    @override
    def data_received(self, data: bytes) -> None:
        """Hand each whole answer to the oldest call."""
        reader, calls = self._reader, self._calls
        reader.feed(data)
        try:
            while (answer := reader.gets()) is not _NOTHING:
                if not calls:  # e.g. the server has too many clients
                    raise answer if isinstance(answer, Exception) else ProtocolError("unasked")
                calls.popleft().settle(answer)
        except (ProtocolError, ResponseError) as error:
            self.end(error)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Resolve `lost` with the cause."""
        if self._watchdog is not None:
            self._watchdog.cancel()
        closed = ConnectionResetError(errno.ECONNRESET, "Redis closed the connection")
        if not self.lost.done():
            self.lost.set_result(self._error or exc or closed)

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(unsent))

    def _watch(self) -> None:
        """Check the oldest call when its answer is due: one timer for all calls."""
        now = self._loop.time()
        due = (self._calls[0].made if self._calls else now) + self._answer_seconds
        if due > now:
            self._watchdog = self._loop.call_at(due, self._watch)
        else:  # a later answer would go to the next call: end the wire
            self.end(TimeoutError("Redis does not answer"))
