"""Register by the API, and read what came of it."""

from contextlib import suppress
from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.contract import Request as Message
from channels.web.api import PATH, Told, described, is_token
from channels.web.tokens import web_value
from core.messages import Address, AddressKind, Inbound
from core.operators.calls import OtherCallError, RunningError, claim, digest_of
from core.registration.asked import read_asked
from gateway.http.asgi import receive_body
from gateway.http.problems import ProblemError, respond
from gateway.http.public.door import PublicDoor, public
from gateway.http.webhook import check_length
from gateway.runtime.deadline import OverdueError

_OTHER: Final = "this Idempotency-Key was used with another body; a new body needs a new key"
_NO_INTENT: Final = "there is no such intent, or it is kept no longer"


def intent_routes(door: PublicDoor) -> list[Route]:
    """Return the routes."""
    return [
        Route(PATH, public(partial(_create, door), door), methods=["POST"]),
        Route(PATH + "/{token}", public(partial(_show, door), door), methods=["GET"]),
    ]


async def _create(door: PublicDoor, request: Request) -> Response:
    channel, intake = door.channel, door.intake
    message = await _read(door, request)
    with intake.deadline:
        token = channel.token(message)
        door.admit_token(token)
        (inbound,) = channel.parse(message)
        await _bind_key(door, token, inbound)
        reply = await intake.answer(inbound)
        answer = channel.answer(message, reply)
    return Response(answer.body, answer.status, dict(answer.headers), answer.content_type)


async def _read(door: PublicDoor, request: Request) -> Message:
    bytes_max = door.channel.body_bytes_max
    check_length(request.headers.get("content-length", ""), bytes_max)
    try:
        with door.intake.deadline:
            body = await receive_body(request.receive, bytes_max=bytes_max)
    except OverdueError:
        raise ProblemError(408, "the body did not arrive in time") from None
    return Message(
        method=request.method,
        path=request.url.path,
        headers=request.headers,
        body=body,
        received_at=door.intake.clock(),
    )


async def _bind_key(door: PublicDoor, token: str, inbound: Inbound) -> None:
    """Bind the key to this body; raise `ProblemError` (422) if it has another.

    The same body may come twice at once: the conversation answers both alike. The token, which
    nobody can guess, salts the digest.
    """
    key = digest_of("intent", inbound.address.value)
    digest = digest_of(token, dict(inbound.answers), inbound.language)
    try:
        with suppress(RunningError):
            await door.intake.database.write(
                partial(claim, key=key, digest=digest, at=inbound.received_at)
            )
    except OtherCallError:
        raise ProblemError(422, _OTHER) from None


async def _show(door: PublicDoor, request: Request) -> Response:
    token = request.path_params["token"]
    if not is_token(token):
        raise ProblemError(404, _NO_INTENT)
    door.admit_token(token)
    address = Address(AddressKind.WEB, web_value(token))
    with door.intake.deadline:
        asked = await door.intake.database.read(
            partial(read_asked, address=address, campaign=door.intake.campaign)
        )
    if asked is None:
        raise ProblemError(404, _NO_INTENT)
    told = Told(asked.outcome, asked.status, asked.standing)
    return respond(described(token, asked.number, told))
