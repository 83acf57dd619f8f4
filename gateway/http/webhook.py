"""HTTP webhooks as plain ASGI callables: bytes in, events to the desk, bytes out.

No web framework here: this is the path that a national peak takes. Whatever goes wrong, the
caller gets an honest status and a plain sentence, never a class name, a trace or a datum.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from typing import Any

from typing_extensions import override

from channels.contract import Channel, RejectedError, Request, Response
from core.database.unavailable import UnavailableError
from core.messages import Channel as Door
from core.messages import Event, Inbound, Prompt, Reply
from core.turns.pipeline import ContendedError
from gateway.http.peer.client import Peer
from gateway.intake.intake import Desk
from gateway.runtime.deadline import OverdueError
from gateway.runtime.logs import report

HEADERS_MAX = 100
QUERY_CHARACTERS_MAX = 8_000
RETRY_SECONDS = 5

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

_RETRY: Headers = ((b"retry-after", str(RETRY_SECONDS).encode()),)
_UNSURE = Response(b"not certain; please send it again\n", 503)


class GoneError(Exception):
    """The caller hung up before it had said everything."""


@dataclass(slots=True)
class _Turn:
    """How far one request got: what was read, and what it says."""

    request: Request | None = None
    events: tuple[Event, ...] | None = None
    passed: bool = False


def webhook(channel: Channel, desk: Desk, *, language: str, peer: Peer | None = None) -> App:
    """Return the ASGI application that serves every path of `channel`.

    What this gateway cannot serve is passed to its `peer`, if it has one.
    """
    sorry = Reply(prompts=(Prompt("unavailable"),), language=language, ends=True)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        allowed = channel.paths[scope["path"]]
        if scope["method"] not in allowed:
            allow = ((b"allow", ", ".join(allowed).encode()),)
            return await write(send, Response(b"method not allowed\n", 405), allow)
        turn = _Turn()
        extra: Headers = ()
        try:
            response = await _serve(channel, desk, peer, turn, (scope, receive))
        except GoneError:
            return None
        except Exception as error:  # noqa: BLE001 a stranger's request must never show our insides
            response, extra = excuse(error, read=turn.request is not None)
            passed = await _pass(peer, turn, error) if response.status == _UNSURE.status else None
            if passed is not None:
                return await write(send, passed)
            if response.status == _UNSURE.status:
                response = _in_words(channel, turn, sorry) or response
            desk.metrics.rejected(channel.name, response.status)
        return await write(send, response, extra)

    return serve


async def _serve(
    channel: Channel,
    desk: Desk,
    peer: Peer | None,
    turn: _Turn,
    call: tuple[Scope, Receive],
) -> Response:
    """Serve the turn here; or by the peer first, where ours is known to fail or to end."""
    deadline = desk.deadline if peer is None else peer.deadline
    with deadline:
        turn.request = request = await read_request(
            *call, bytes_max=channel.body_bytes_max, at=desk.clock()
        )
        turn.events = events = channel.parse(request)
        away = peer is not None and peer.comes_first()
        response = None if away else await take_in(channel, desk, request, events)
    if response is None and peer is not None:
        response, turn.passed = await peer.ask(request), True
    if response is None:
        with deadline:
            response = await take_in(channel, desk, request, events)
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


async def take_in(
    channel: Channel, desk: Desk, request: Request, events: tuple[Event, ...]
) -> Response:
    """Take in all events of one request; nothing is acknowledged before all are safe."""
    reply: Reply | None = None
    for event in events:
        if not isinstance(event, Inbound):
            await desk.note(event, at=request.received_at)
        elif channel.in_band:
            reply = await desk.answer(event)
        else:
            await desk.owe(event)
    return channel.answer(request, reply)


def excuse(error: Exception, *, read: bool) -> tuple[Response, Headers]:
    """Say what went wrong as a status and a sentence."""
    if isinstance(error, RejectedError):
        extra: Headers = _RETRY if error.status in {429, 503} else ()
        return Response(f"{error.reason}\n".encode(), error.status), extra
    if isinstance(error, OverdueError) and not read:
        return Response(b"the body did not arrive in time\n", 408), ()
    if isinstance(error, (UnavailableError, ContendedError)):
        return _UNSURE, _RETRY
    error_id = report("a request failed", error)
    return Response(
        f"not certain; please send it again (error {error_id})\n".encode(), 503
    ), _RETRY


def _in_words(channel: Channel, turn: _Turn, sorry: Reply) -> Response | None:
    """Return what a USSD screen should show when we are not sure: words, not the network's own."""
    first = turn.events[0] if turn.events else None
    if not isinstance(first, Inbound) or first.channel is not Door.USSD:
        return None
    if turn.request is None:
        return None
    try:
        said = channel.answer(turn.request, sorry)
    except Exception as error:  # noqa: BLE001 this is the excuse; it must not need another
        report("the apology failed", error)
        return None
    return replace(said, status=_UNSURE.status)


class LazyHeaders(Mapping[str, str]):
    """Headers as the server has them, decoded only when asked for: most are never asked for."""

    def __init__(self, fields: list[tuple[bytes, bytes]]) -> None:
        self._fields = fields

    @override
    def __getitem__(self, name: str) -> str:
        wanted = name.encode("latin-1")
        for field, value in reversed(self._fields):
            if field == wanted:
                return value.decode("latin-1")
        raise KeyError(name)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter({name.decode("latin-1"): None for name, _ in self._fields})

    @override
    def __len__(self) -> int:
        return len(set(self))


async def read_request(scope: Scope, receive: Receive, *, bytes_max: int, at: datetime) -> Request:
    """Return the whole request, or raise `RejectedError` where it is larger than we take."""
    fields: list[tuple[bytes, bytes]] = scope["headers"]
    if len(fields) > HEADERS_MAX:
        raise RejectedError("too many headers", status=431)
    if len(scope["query_string"]) > QUERY_CHARACTERS_MAX:
        raise RejectedError("the address is too long", status=414)
    headers = LazyHeaders(fields)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await read_body(headers.get("content-length", ""), receive, bytes_max=bytes_max),
        received_at=at,
    )


async def read_body(length: str, receive: Receive, *, bytes_max: int) -> bytes:
    """Return the body, or raise `RejectedError` (413) as soon as it is known to be too long."""
    if length.isdecimal() and int(length[:20]) > bytes_max:
        raise RejectedError("the body is too large", status=413)
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body") and message["type"] == "http.request":
        return _bounded(body, bytes_max)
    chunks, size = [body], len(body)
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > bytes_max:
            break
    if message["type"] != "http.request":
        raise GoneError
    return _bounded(b"".join(chunks), bytes_max)


def _bounded(body: bytes, bytes_max: int) -> bytes:
    if len(body) > bytes_max:
        raise RejectedError("the body is too large", status=413)
    return body


async def write(send: Send, response: Response, extra: Headers = ()) -> None:
    """Send the response, whole."""
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", b"%d" % len(response.body)),
        *extra,
    ]
    if response.headers:
        headers += [(name.encode(), value.encode()) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
