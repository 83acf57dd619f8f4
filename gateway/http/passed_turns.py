"""The door for turns that the other gateway passes to us: `POST /peer`."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from channels.contract import ChannelAdapter, RejectedError, Request, Response
from gateway.http.asgi import App, AsgiCall, Receive, Scope, Send, write
from gateway.http.peer.client import Peer
from gateway.http.peer.envelope import PASSED_BYTES_MAX, SIGNATURE, seal_answer, unseal
from gateway.http.webhook import (
    GoneError,
    error_response,
    not_allowed,
    process_events,
    read_request,
)
from gateway.intake.intake import Intake


def passed_turns(unsigned_channels: Iterable[ChannelAdapter], intake: Intake, peer: Peer) -> App:
    """Return the application that serves passed turns, here and nowhere else.

    `unsigned_channels` are the wires without a provider's secrets: the other gateway has checked
    the request with its own. What this one cannot serve either is refused, and not passed on.
    """
    wires = {path: channel for channel in unsigned_channels for path in channel.paths}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            return await write(send, not_allowed(("POST",)))
        read = False
        try:
            with peer.deadline:
                at = intake.clock()
                call = AsgiCall(scope, receive)
                envelope = await read_request(call, bytes_max=PASSED_BYTES_MAX, at=at)
                read = True
                signature = envelope.headers.get(SIGNATURE, "")
                request = unseal(envelope.body, signature, peer.secret, at=at)
                answer = await _answer(wires, intake, request)
        except GoneError:
            return None
        except Exception as error:  # noqa: BLE001 a stranger's request must never show our insides
            refusal = error_response(error, read=read)
            ours = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            intake.metrics.peer("received", "failed" if ours else "refused")
            return await write(send, refusal)
        intake.metrics.peer("received", "answered")
        body, signed = seal_answer(answer, signature, peer.secret)
        sealed = Response(body, content_type="application/json", headers=((SIGNATURE, signed),))
        return await write(send, sealed)

    return serve


async def _answer(
    wires: Mapping[str, ChannelAdapter], intake: Intake, request: Request
) -> Response:
    channel = wires.get(request.path)
    if channel is None or request.method not in channel.paths[request.path]:
        raise RejectedError("no such wire", status=404)
    if len(request.body) > channel.body_bytes_max:
        raise RejectedError("the body is too large", status=413)
    return await process_events(channel, intake, request, channel.parse(request))
