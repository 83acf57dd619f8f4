"""Answer at paths where nothing is: browsers get a page in words, all else a problem document."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from channels.web.form import FORM, WebForm
from gateway.http.links import to_response
from gateway.http.problems import on_http_exception

Handler = Callable[[Request, Exception], Awaitable[Response]]
ACCEPT_CHARACTERS_MAX = 1_024  # that are read of what a browser accepts


def lost_handler(form: WebForm) -> Handler:
    """Return the handler of the router's errors beside a form for people."""

    async def handle(request: Request, error: Exception) -> Response:
        missing = isinstance(error, HTTPException) and error.status_code == 404  # noqa: PLR2004
        if missing and _reads_pages(request):
            return to_response(form.failure(None, 404))
        return await on_http_exception(request, error)

    return handle


def slash_route() -> Route:
    """Return the route of the form's path with a slash behind it, as people type it."""

    async def go(_request: Request) -> Response:
        return RedirectResponse(FORM, 308)

    return Route(f"{FORM}/", go, methods=["GET", "POST"])


def _reads_pages(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")[:ACCEPT_CHARACTERS_MAX].lower()
