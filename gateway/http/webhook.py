"""Serve one HTTP request to a channel: its events to intake, its response back.

Independent of the server: `asgi.py` and `lane.py` each make an `HttpCall`. Whatever goes wrong,
the caller gets an honest status and a plain sentence: no class name, trace or personal data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Final, Protocol

import msgspec
from typing_extensions import override

from channels.contract import ChannelAdapter, Explains, RejectedError, Request, Response
from core.database.unavailable import UnavailableError
from core.events import Event, Look
from core.messages import Channel, Inbound, Prompt, Reply
from core.turns.pipeline import ContendedError
from gateway.http.client_address import FORWARDED
from gateway.http.limits import Counting
from gateway.http.peer.client import Peer
from gateway.intake.intake import Intake
from gateway.runtime.deadline import OverdueError
from gateway.runtime.logs import report
from gateway.runtime.tracing import follow

HEADERS_MAX: Final = 100
QUERY_CHARACTERS_MAX: Final = 8_000
RETRY_SECONDS: Final = 5
CLOSING_STATUSES: Final = frozenset({408, 413})  # the rest of the body is not read

_RETRY_AFTER: Final = (("retry-after", str(RETRY_SECONDS)),)
TRY_AGAIN: Final = Response(b"not certain; please send it again\n", 503, headers=_RETRY_AFTER)


class DisconnectedError(Exception):
    """The caller disconnected before its request was complete."""


class HttpCall(Protocol):
    """A request whose head has arrived: `path` as routed, `query` and `fields` (headers) raw."""

    method: str
    path: str
    query: bytes
    fields: list[tuple[bytes, bytes]]

    @property
    def caller(self) -> str:
        """Return the network address of the peer, "" if it has none."""

    async def body(self, bytes_max: int) -> bytes:
        """Return the whole body, or raise `RejectedError` (413) or `DisconnectedError`."""


@dataclass(slots=True)
class _Progress:
    """How far one request got: read, parsed, passed to the peer."""

    request: Request | None = None
    events: tuple[Event, ...] | None = None
    passed: bool = False

    @property
    def ussd(self) -> Inbound | None:
        """Return the message if it came by USSD, which needs a screen for each."""
        first = self.events[0] if self.events else None
        if not isinstance(first, Inbound) or first.channel is not Channel.USSD:
            return None
        return first


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Serves every path of `channel`, with the help of `peer` if turns fail here.

    `language` is that of the apology on USSD screens. `screens`: the caller is a USSD gateway,
    whose network gives up on a screen after ten seconds. `counting` bounds what people send.
    """

    channel: ChannelAdapter
    intake: Intake
    language: str
    peer: Peer | None = None
    screens: bool = False
    counting: Counting | None = None

    async def respond(self, call: HttpCall) -> Response | None:
        """Return the response to `call`, or None if the caller disconnected."""
        follow(None)  # not what the connection asked before
        allowed = self.channel.paths[call.path]
        if call.method not in allowed:
            return not_allowed(allowed)
        progress = _Progress()
        try:
            return await self._serve(progress, call)
        except DisconnectedError:
            return None
        except Exception as error:  # noqa: BLE001 a stranger's request must never show our insides
            return await self._error_response(progress, error)

    async def _error_response(self, progress: _Progress, error: Exception) -> Response:
        response = error_response(error, read=progress.request is not None)
        if response.status == TRY_AGAIN.status:
            passed = await self._pass_to_peer(progress, error)
            if passed is not None:
                return passed
            if isinstance(error, OverdueError):
                late = await self._late_screen(progress)
                if late is not None:
                    return late
            response = self._apology_screen(progress) or response
        response = self._explained(progress, response)
        self.intake.metrics.rejected(self.channel.name, response.status)
        return response

    def _explained(self, progress: _Progress, response: Response) -> Response:
        """Return the response in the words of a channel whose callers are people."""
        if not isinstance(self.channel, Explains):
            return response
        try:
            page = self.channel.failure(progress.request, response.status)
            return replace(page, headers=(*response.headers, *page.headers))
        except Exception as error:  # noqa: BLE001 an apology must not need another
            report("a failure could not be explained", error)
            return response

    async def _serve(self, progress: _Progress, call: HttpCall) -> Response:
        """Serve the turn here, or by the peer first while our stores fail or we shut down."""
        channel, intake, peer = self.channel, self.intake, self.peer
        own = intake.screens if self.screens else intake.deadline
        deadline = own if peer is None else peer.deadline
        with deadline:
            progress.request = request = await read_request(
                call, bytes_max=channel.body_bytes_max, at=intake.clock()
            )
            count_caller(self.counting, call)
            progress.events = events = channel.parse(request)
            count_tokens(self.counting, events)
            response: Response | None = None
            if peer is None or not peer.comes_first():
                response = await process_events(channel, intake, request, events)
        if response is None and peer is not None:
            response, progress.passed = await peer.ask(request), True
        if response is None:
            with deadline:
                response = await process_events(channel, intake, request, events)
        if peer is not None and events and not progress.passed:
            peer.circuit.succeeded()
        return response

    async def _pass_to_peer(self, progress: _Progress, error: Exception) -> Response | None:
        """Return the peer's response to a turn that failed here, or None.

        Only parsed requests are passed: parsing has verified the provider's signature.
        """
        peer = self.peer
        if peer is None or progress.request is None or progress.events is None:
            return None
        if isinstance(error, UnavailableError):
            peer.circuit.failed(monotonic())
        return None if progress.passed else await peer.ask(progress.request)

    async def _late_screen(self, progress: _Progress) -> Response | None:
        """Return what is certain about a USSD turn that was cut off, or None if nothing is."""
        inbound = progress.ussd
        if inbound is None or progress.request is None:
            return None
        try:
            reply = await self.intake.recall(inbound)
            return None if reply is None else self.channel.answer(progress.request, reply)
        except Exception as error:  # noqa: BLE001 the apology still comes
            report("what became of a turn is unknown", error)
            return None

    def _apology_screen(self, progress: _Progress) -> Response | None:
        """Return the apology for a USSD screen, which would else show the network's own error."""
        if progress.ussd is None or progress.request is None:
            return None
        apology = Reply((Prompt("unavailable"),), self.language, ends=True)
        try:
            screen = self.channel.answer(progress.request, apology)
            headers = (*_RETRY_AFTER, *screen.headers)
            return replace(screen, status=TRY_AGAIN.status, headers=headers)
        except Exception as error:  # noqa: BLE001 an apology must not need another
            report("the apology failed", error)
            return None


def count_caller(counting: Counting | None, call: HttpCall) -> None:
    """Count what is posted; raise `RejectedError` (429) if its address posts too much."""
    if counting is not None and call.method == "POST":
        counting.count_address(call.caller, LazyHeaders(call.fields).get(FORWARDED, ""))


def count_tokens(counting: Counting | None, events: tuple[Event, ...]) -> None:
    """Count messages; raise `RejectedError` (429) if a browser sends too many."""
    if counting is not None:
        for event in events:
            if isinstance(event, Inbound):
                counting.count_token(event.address.value)


async def process_events(
    channel: ChannelAdapter, intake: Intake, request: Request, events: tuple[Event, ...]
) -> Response:
    """Process all events of one request; return the response once all of them are durable."""
    reply: Reply | None = None
    for event in events:
        if isinstance(event, Look):
            reply = await intake.look(await intake.resolve(event.address))
        elif not isinstance(event, Inbound):
            await intake.note(event, at=request.received_at)
        elif event.channel is Channel.WEB:
            whose = await intake.resolve(event.address)
            reply = await intake.answer(msgspec.structs.replace(event, address=whose))
        elif channel.in_band:
            reply = await intake.answer(event)
        else:
            await intake.enqueue(event)
    return channel.answer(request, reply)


def not_allowed(allowed: tuple[str, ...]) -> Response:
    """Return a 405 that names the allowed methods."""
    return Response(b"method not allowed\n", 405, headers=(("allow", ", ".join(allowed)),))


def error_response(error: Exception, *, read: bool) -> Response:
    """Return the response to an error; `read`: the request had arrived whole."""
    if isinstance(error, RejectedError):
        later = error.retry_seconds or (RETRY_SECONDS if error.status in {429, 503} else 0)
        extra = (("retry-after", str(later)),) if later else ()
        return Response(f"{error.reason}\n".encode(), error.status, headers=extra)
    if isinstance(error, OverdueError) and not read:
        return Response(b"the body did not arrive in time\n", 408)
    if isinstance(error, (UnavailableError, ContendedError)):
        return TRY_AGAIN
    error_id = report("a request failed", error)
    body = f"not certain; please send it again (error {error_id})\n"
    return replace(TRY_AGAIN, body=body.encode())


class LazyHeaders(Mapping[str, str]):
    """Headers decoded on access, because most are never read; of a repeated one, the last."""

    def __init__(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = fields

    @override
    def __getitem__(self, name: str) -> str:
        key = name.encode("latin-1")
        for field_name, value in reversed(self._fields):
            if field_name == key:
                return value.decode("latin-1")
        raise KeyError(name)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter({name.decode("latin-1"): None for name, _ in self._fields})

    @override
    def __len__(self) -> int:
        return len(set(self))


async def read_request(call: HttpCall, *, bytes_max: int, at: datetime) -> Request:
    """Return the whole request; raise `RejectedError` past a bound, or `DisconnectedError`."""
    if len(call.fields) > HEADERS_MAX:
        raise RejectedError("too many headers", status=431)
    if len(call.query) > QUERY_CHARACTERS_MAX:
        raise RejectedError("the address is too long", status=414)
    headers = LazyHeaders(call.fields)
    check_length(headers.get("content-length", ""), bytes_max)
    return Request(
        method=call.method,
        path=call.path,
        query=call.query.decode("latin-1"),
        headers=headers,
        body=await call.body(bytes_max),
        received_at=at,
    )


def check_length(length: str, bytes_max: int) -> None:
    """Raise `RejectedError` (413) if the announced length exceeds the bound."""
    if length.isdecimal() and int(length[:20]) > bytes_max:
        raise too_large()


def too_large() -> RejectedError:
    """Return the error for a body above its bound."""
    return RejectedError("the body is too large", status=413)
