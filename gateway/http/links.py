"""Serve the links that open a phone's form in a browser; their paths have a parameter."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from channels.contract import RejectedError
from channels.contract import Request as PlainRequest
from channels.contract import Response as PlainResponse
from channels.web.browser import EarlierPageError
from channels.web.form import FORM, WebForm
from channels.web.tokens import is_token
from core.database.unavailable import UnavailableError
from core.handovers.links import find_link, is_opened_in, open_link
from core.handovers.rules import LINK_PATH
from core.messages import Address
from gateway.http.asgi import receive_body
from gateway.http.webhook import DisconnectedError
from gateway.intake.intake import Intake
from gateway.runtime.deadline import OverdueError

Serve = Callable[[PlainRequest, str], Awaitable[PlainResponse]]


def link_routes(form: WebForm, intake: Intake, *, seconds: int) -> list[Route]:
    """Return the route; a browser stays linked for so many `seconds`."""

    async def show(request: PlainRequest, token: str) -> PlainResponse:
        if await _is_opened_in(form, intake, request, token):
            return form.links.go_on(FORM)
        return form.links.show(request, await _phone(intake, token))

    async def open_(request: PlainRequest, token: str) -> PlainResponse:
        try:
            opening = form.links.read(request)
        except EarlierPageError:  # a second tap, once the first has given a cookie
            if await _is_opened_in(form, intake, request, token):
                return form.links.go_on(FORM)
            raise
        spend = partial(open_link, token=token, browser=opening.browser, seconds=seconds)
        now = request.received_at
        if not await intake.database.write(partial(spend, now=now), alone=True):
            return form.links.show(request, None)
        return form.links.go_on(FORM, opening.cookie)

    async def endpoint(request: Request) -> Response:
        serve = open_ if request.method == "POST" else show
        return to_response(await _served(form, intake, serve, request))

    return [Route(LINK_PATH + "{token}", endpoint, methods=["GET", "POST"])]


async def _served(form: WebForm, intake: Intake, serve: Serve, request: Request) -> PlainResponse:
    """Serve the link; whatever goes wrong is said in words."""
    try:
        with intake.deadline:
            plain = await _plain(form, intake, request)
            return await serve(plain, request.path_params["token"])
    except RejectedError as error:
        return form.failure(None, error.status)
    except (UnavailableError, OverdueError, DisconnectedError):
        return form.failure(None, 503)


async def _is_opened_in(form: WebForm, intake: Intake, request: PlainRequest, token: str) -> bool:
    """Return True if the link was opened in this very browser before."""
    browser = form.links.browser_of(request)
    if browser is None or not is_token(token):
        return False
    return await intake.database.read(partial(is_opened_in, token=token, browser=browser))


async def _plain(form: WebForm, intake: Intake, request: Request) -> PlainRequest:
    """Return the whole request, or raise `RejectedError` or `DisconnectedError`."""
    return PlainRequest(
        method=request.method,
        path=request.url.path,
        query="",
        headers=request.headers,
        body=await receive_body(request.receive, bytes_max=form.body_bytes_max),
        received_at=intake.clock(),
    )


async def _phone(intake: Intake, token: str) -> Address | None:
    if not is_token(token):
        return None
    return await intake.database.read(partial(find_link, token=token, now=intake.clock()))


def to_response(plain: PlainResponse) -> Response:
    """Return a channel's response as the framework's; no header of it stands twice."""
    headers = dict(plain.headers)
    return Response(plain.body, plain.status, headers, plain.content_type)
