"""What a wire does with one HTTP request, whatever brought it: events to intake, an answer out.

Nothing here knows a server. A `Call` is a request as `asgi.py` has it, its body
perhaps still on its way. Whatever goes wrong, the caller gets an honest status and a plain
sentence, never a class name, a trace or a datum.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Final, Protocol

from typing_extensions import override

from channels.contract import ChannelAdapter, RejectedError, Request, Response
from core.database.unavailable import UnavailableError
from core.messages import Channel, Event, Inbound, Prompt, Reply
from core.turns.pipeline import ContendedError
from gateway.http.peer.client import Peer
from gateway.intake.intake import Intake
from gateway.runtime.deadline import OverdueError
from gateway.runtime.logs import report

HEADERS_MAX: Final = 100
QUERY_CHARACTERS_MAX: Final = 8_000
RETRY_SECONDS: Final = 5
CLOSING: Final = frozenset({408, 413})  # answers after which what is left of a body is not read

_RETRY: Final = (("retry-after", str(RETRY_SECONDS)),)
UNSURE: Final = Response(b"not certain; please send it again\n", 503, headers=_RETRY)


class GoneError(Exception):
    """The caller hung up before it had said everything."""


class HttpCall(Protocol):
    """A request whose head has come: `path` as routed, `query` and `fields` as they came."""

    method: str
    path: str
    query: bytes
    fields: list[tuple[bytes, bytes]]

    async def body(self, bytes_max: int) -> bytes:
        """Return the whole body, or raise `RejectedError` (413) or `GoneError`."""
        ...


@dataclass(slots=True)
class _Turn:
    """How far one request got: what was read, and what it says."""

    request: Request | None = None
    events: tuple[Event, ...] | None = None
    passed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Serves every path of `channel`.

    What this gateway cannot serve is passed to its `peer`, if it has one.
    """

    channel: ChannelAdapter
    intake: Intake
    language: str
    peer: Peer | None = None
    sorry: Reply = field(init=False)

    def __post_init__(self) -> None:
        """Word the apology once."""
        sorry = Reply(prompts=(Prompt("unavailable"),), language=self.language, ends=True)
        object.__setattr__(self, "sorry", sorry)

    async def answer(self, call: HttpCall) -> Response | None:
        """Return what `call` is answered, or None where the caller is gone."""
        allowed = self.channel.paths[call.path]
        if call.method not in allowed:
            return not_allowed(allowed)
        turn = _Turn()
        try:
            return await _serve(self.channel, self.intake, self.peer, turn, call)
        except GoneError:
            return None
        except Exception as error:  # noqa: BLE001 a stranger's request must never show our insides
            return await self._error_response(turn, error)

    async def _error_response(self, turn: _Turn, error: Exception) -> Response:
        response = error_response(error, read=turn.request is not None)
        if response.status == UNSURE.status:
            passed = await _pass(self.peer, turn, error)
            if passed is not None:
                return passed
            response = _in_words(self.channel, turn, self.sorry) or response
        self.intake.metrics.rejected(self.channel.name, response.status)
        return response


async def _serve(
    channel: ChannelAdapter,
    intake: Intake,
    peer: Peer | None,
    turn: _Turn,
    call: HttpCall,
) -> Response:
    """Serve the turn here; or by the peer first, where ours is known to fail or to end."""
    deadline = intake.deadline if peer is None else peer.deadline
    with deadline:
        turn.request = request = await read_request(
            call, bytes_max=channel.body_bytes_max, at=intake.clock()
        )
        turn.events = events = channel.parse(request)
        away = peer is not None and peer.comes_first()
        response = None if away else await process_events(channel, intake, request, events)
    if response is None and peer is not None:
        response, turn.passed = await peer.ask(request), True
    if response is None:
        with deadline:
            response = await process_events(channel, intake, request, events)
    if peer is not None and events and not turn.passed:
        peer.circuit.succeeded()
    return response


async def _pass(peer: Peer | None, turn: _Turn, error: Exception) -> Response | None:
    """Return the peer's answer to a turn that failed here, if it may be passed and has one.

    Only what the provider is known to have sent is passed: its signature was checked by parsing.
    """
    if peer is None or turn.request is None or turn.events is None:
        return None
    if isinstance(error, UnavailableError):
        peer.circuit.failed(monotonic())
    return None if turn.passed else await peer.ask(turn.request)


async def process_events(
    channel: ChannelAdapter, intake: Intake, request: Request, events: tuple[Event, ...]
) -> Response:
    """Take in all events of one request; nothing is acknowledged before all are safe."""
    reply: Reply | None = None
    for event in events:
        if not isinstance(event, Inbound):
            await intake.note(event, at=request.received_at)
        elif channel.in_band:
            reply = await intake.answer(event)
        else:
            await intake.enqueue(event)
    return channel.answer(request, reply)


def not_allowed(allowed: tuple[str, ...]) -> Response:
    """Say which methods a path has."""
    return Response(b"method not allowed\n", 405, headers=(("allow", ", ".join(allowed)),))


def error_response(error: Exception, *, read: bool) -> Response:
    """Say what went wrong as a status and a sentence."""
    if isinstance(error, RejectedError):
        extra = _RETRY if error.status in {429, 503} else ()
        return Response(f"{error.reason}\n".encode(), error.status, headers=extra)
    if isinstance(error, OverdueError) and not read:
        return Response(b"the body did not arrive in time\n", 408)
    if isinstance(error, (UnavailableError, ContendedError)):
        return UNSURE
    error_id = report("a request failed", error)
    said = f"not certain; please send it again (error {error_id})\n"
    return replace(UNSURE, body=said.encode())


def _in_words(channel: ChannelAdapter, turn: _Turn, sorry: Reply) -> Response | None:
    """Return what a USSD screen should show when we are not sure: words, not the network's own."""
    first = turn.events[0] if turn.events else None
    if not isinstance(first, Inbound) or first.channel is not Channel.USSD:
        return None
    if turn.request is None:
        return None
    try:
        said = channel.answer(turn.request, sorry)
        return replace(said, status=UNSURE.status, headers=(*_RETRY, *said.headers))
    except Exception as error:  # noqa: BLE001 this is the excuse; it must not need another
        report("the apology failed", error)
        return None


class LazyHeaders(Mapping[str, str]):
    """Headers as the server has them, decoded only when asked for: most are never asked for."""

    def __init__(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = fields

    @override
    def __getitem__(self, name: str) -> str:
        wanted = name.encode("latin-1")
        for name_sent, value in reversed(self._fields):
            if name_sent == wanted:
                return value.decode("latin-1")
        raise KeyError(name)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter({name.decode("latin-1"): None for name, _ in self._fields})

    @override
    def __len__(self) -> int:
        return len(set(self))


async def read_request(call: HttpCall, *, bytes_max: int, at: datetime) -> Request:
    """Return the whole request, or raise `RejectedError` where it is larger than we take."""
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
    """Raise `RejectedError` (413) where the head announces a body that is too long."""
    if length.isdecimal() and int(length[:20]) > bytes_max:
        raise too_large()


def too_large() -> RejectedError:
    """Return what a body above its bound is rejected with."""
    return RejectedError("the body is too large", status=413)
