"""Serve the turns that the peer passes to us: `POST /peer`."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from channels.contract import ChannelAdapter, RejectedError, Request, Response
from gateway.http.asgi import App, AsgiCall, Receive, Scope, Send, write
from gateway.http.peer.client import Peer
from gateway.http.peer.envelope import PASSED_BYTES_MAX, SIGNATURE, seal_response, unseal
from gateway.http.webhook import (
    DisconnectedError,
    error_response,
    not_allowed,
    process_events,
    read_request,
    too_large,
)
from gateway.intake.intake import Intake


def passed_turns(unsigned_channels: Iterable[ChannelAdapter], intake: Intake, peer: Peer) -> App:
    """Return the application that serves passed turns.

    `unsigned_channels` verify no provider's signature, because the peer has. A turn that fails
    here, too, gets an error and is not passed on.
    """
    channels = {path: channel for channel in unsigned_channels for path in channel.paths}

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
                response = await _respond(channels, intake, request)
        except DisconnectedError:
            return None
        except Exception as error:  # noqa: BLE001 a stranger's request must never show our insides
            response = error_response(error, read=read)
            our_fault = response.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            intake.metrics.count("peer_turns", "received", "failed" if our_fault else "refused")
            return await write(send, response)
        intake.metrics.count("peer_turns", "received", "answered")
        body, signed = seal_response(response, signature, peer.secret)
        sealed = Response(body, content_type="application/json", headers=((SIGNATURE, signed),))
        return await write(send, sealed)

    return serve


async def _respond(
    channels: Mapping[str, ChannelAdapter], intake: Intake, request: Request
) -> Response:
    channel = channels.get(request.path)
    if channel is None or request.method not in channel.paths[request.path]:
        raise RejectedError("no such wire", status=404)
    if len(request.body) > channel.body_bytes_max:
        raise too_large()
    return await process_events(channel, intake, request, channel.parse(request))
