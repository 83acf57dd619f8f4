"""Register by the API, and read what came of it."""

import secrets
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.contract import Request as Message
from channels.web.api import PATH
from core.conversation.handover.showing import code_facts, ways
from core.handovers.requests import CodeShown, ShowCode
from core.operators.calls import digest_of
from gateway.http.problems import ProblemError, respond
from gateway.http.public.door import PublicDoor, bind_key, public, read_body
from gateway.http.public.holder import holder_of, read_proof

_TOO_MANY_CODES: Final = "too many codes were shown; try again later"


def intent_routes(door: PublicDoor) -> list[Route]:
    """Return the routes."""
    return [
        Route(PATH, public(partial(_create, door), door), methods=["POST"]),
        Route(PATH + "/{token}", public(partial(_show, door), door), methods=["GET"]),
        Route(PATH + "/{token}/proof", public(partial(_prove, door), door), methods=["POST"]),
    ]


async def _create(door: PublicDoor, request: Request) -> Response:
    channel, intake = door.channel, door.intake
    with intake.deadline:
        message = await _read(door, request)
        token = channel.token(message)
        door.admit_token(token)
        (inbound,) = channel.parse(message)
        # The same body may come twice at once: the conversation answers both alike.
        key = digest_of("intent", inbound.address.value)
        await bind_key(door, key, digest_of(token, dict(inbound.answers), inbound.language))
        reply = await intake.answer(inbound)
        answer = channel.answer(message, reply)
    return Response(answer.body, answer.status, dict(answer.headers), answer.content_type)


async def _read(door: PublicDoor, request: Request) -> Message:
    body = await read_body(request, door.channel.body_bytes_max)
    return Message(
        method=request.method,
        path=request.url.path,
        headers=request.headers,
        body=body,
        received_at=door.intake.clock(),
    )


async def _show(door: PublicDoor, request: Request) -> Response:
    with door.intake.deadline:
        holder = await holder_of(door, request)
        return respond(holder.show(await read_proof(door, holder)))


async def _prove(door: PublicDoor, request: Request) -> Response:
    """Show another code for what was registered; the last one is good no more."""
    with door.intake.deadline:
        holder = await holder_of(door, request)
        if holder.phone is not None:
            raise ProblemError(409, "the phone is proven already")
        at = int(door.intake.clock().timestamp())
        key = digest_of("proof", holder.browser.value, secrets.token_urlsafe())
        shown = await door.visits.effects.run(ShowCode(address=holder.browser, key=key, at=at))
    assert isinstance(shown, CodeShown), "a code was asked for"
    if not shown.code:
        raise ProblemError(429, _TOO_MANY_CODES, {"retry-after": str(max(1, shown.until - at))})
    return respond(holder.show(ways(door.visits.campaign, code_facts(shown))))
