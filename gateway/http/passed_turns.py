"""The door for turns that the other gateway passes to us: `POST /peer`."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

from channels.contract import Channel, RejectedError, Request, Response
from gateway.http.asgi import App, AsgiCall, Receive, Scope, Send, write
from gateway.http.peer.client import Peer
from gateway.http.peer.envelope import PASSED_BYTES_MAX, SIGNATURE, seal_answer, unseal
from gateway.http.webhook import GoneError, excuse, not_allowed, read_request, take_in
from gateway.intake.intake import Desk


def passed_turns(twins: Iterable[Channel], desk: Desk, peer: Peer) -> App:
    """Return the application that serves passed turns, here and nowhere else.

    `twins` are the wires as they are without a provider's secrets: the other gateway has checked
    the request with its own. What this one cannot serve either is refused, and not passed on.
    """
    wires = {path: twin for twin in twins for path in twin.paths}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            return await write(send, not_allowed(("POST",)))
        read = False
        try:
            with peer.deadline:
                at = desk.clock()
                call = AsgiCall(scope, receive)
                envelope = await read_request(call, bytes_max=PASSED_BYTES_MAX, at=at)
                read = True
                signature = envelope.headers.get(SIGNATURE, "")
                request = unseal(envelope.body, signature, peer.secret, at=at)
                answer = await _answer(wires, desk, request)
        except GoneError:
            return None
        except Exception as error:  # noqa: BLE001 a stranger's request must never show our insides
            refusal = excuse(error, read=read)
            ours = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            desk.metrics.peer("received", "failed" if ours else "refused")
            return await write(send, refusal)
        desk.metrics.peer("received", "answered")
        body, signed = seal_answer(answer, signature, peer.secret)
        sealed = Response(body, content_type="application/json", headers=((SIGNATURE, signed),))
        return await write(send, sealed)

    return serve


async def _answer(wires: Mapping[str, Channel], desk: Desk, request: Request) -> Response:
    twin = wires.get(request.path)
    if twin is None or request.method not in twin.paths[request.path]:
        raise RejectedError("no such wire", status=404)
    if len(request.body) > twin.body_bytes_max:
        raise RejectedError("the body is too large", status=413)
    return await take_in(twin, desk, request, twin.parse(request))
