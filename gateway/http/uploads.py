"""Take in files that people send from pages: large and slow, so apart from the turns of a form.

A phone on a slow network may take minutes. What all uploads of a worker hold together is bounded:
whoever sends nothing holds nothing, and stops nobody else. A file counts as a message of the form.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from typing_extensions import override

from channels.contract import ChannelAdapter, Explains, RejectedError, Request, Response
from gateway.http.asgi import AsgiCall, Receive, Scope, Send, write
from gateway.http.limits import Counting
from gateway.http.webhook import (
    DisconnectedError,
    count_caller,
    count_tokens,
    error_response,
    not_allowed,
    process_events,
    read_request,
    too_large,
)
from gateway.intake.intake import Intake

UPLOAD_SECONDS: Final = 600.0  # for 5 MiB at 70 kbit/s
IDLE_SECONDS: Final = 30.0  # between two pieces of a body
BYTES_HELD_MAX: Final = 64 * 1024 * 1024  # by all uploads of a worker: twelve of the largest


class PageChannel(ChannelAdapter, Explains, Protocol):
    """A channel that explains a failure in words."""


@dataclass(slots=True)
class Held:
    """The bytes that uploads hold in memory."""

    bytes_max: int = BYTES_HELD_MAX
    bytes: int = 0

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """Yield what one upload holds; it is given back in the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.bytes -= share.bytes


@dataclass(slots=True)
class Share:
    """What one upload holds."""

    held: Held
    bytes: int = 0

    def add(self, count: int) -> None:
        """Hold so many bytes more; raise `RejectedError` (503) if all hold too many then."""
        if self.held.bytes + count > self.held.bytes_max:
            raise RejectedError("too many files arrive at once", status=503)
        self.held.bytes += count
        self.bytes += count


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """The ASGI application of one channel whose messages bring files; `counting` bounds them."""

    channel: PageChannel
    intake: Intake
    counting: Counting | None = None
    held: Held = field(default_factory=Held)
    seconds: float = UPLOAD_SECONDS
    idle_seconds: float = IDLE_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        with self.held.share() as share:
            response = await self._respond(_SlowCall(scope, receive, self, share))
            if response is not None:
                await write(send, response)

    async def _respond(self, call: "_SlowCall") -> Response | None:
        channel, request = self.channel, None
        allowed = channel.paths[call.path]
        if call.method not in allowed:
            return not_allowed(allowed)
        try:
            count_caller(self.counting, call)
            request = await read_request(
                call, bytes_max=channel.body_bytes_max, at=self.intake.clock()
            )
            events = channel.parse(request)
            count_tokens(self.counting, events)
            with self.intake.deadline:
                return await process_events(channel, self.intake, request, events)
        except DisconnectedError:
            return None
        except Exception as error:  # noqa: BLE001 a stranger's request must never show our insides
            return self._explained(request, error_response(error, read=request is not None))

    def _explained(self, request: Request | None, response: Response) -> Response:
        self.intake.metrics.rejected(self.channel.name, response.status)
        page = self.channel.failure(request, response.status)
        return replace(page, headers=(*response.headers, *page.headers))


class _SlowCall(AsgiCall):
    """A call whose body may arrive slowly, within the bounds of all uploads."""

    def __init__(self, scope: Scope, receive: Receive, uploads: Uploads, share: Share) -> None:
        super().__init__(scope, receive)
        self._uploads, self._share = uploads, share

    @override
    async def body(self, bytes_max: int) -> bytes:
        try:
            async with asyncio.timeout(self._uploads.seconds):
                return await self._collect(bytes_max)
        except TimeoutError:
            raise RejectedError("the body did not arrive in time", status=408) from None

    async def _collect(self, bytes_max: int) -> bytes:
        body, more = bytearray(), True
        while more:
            async with asyncio.timeout(self._uploads.idle_seconds):
                message = await self._receive()
            if message["type"] != "http.request":
                raise DisconnectedError
            piece, more = message.get("body", b""), message.get("more_body", False)
            if len(body) + len(piece) > bytes_max:
                raise too_large()
            self._share.add(len(piece))
            body += piece
        return bytes(body)
