"""What a browser posts to the console, believed only if one of our own forms sent it."""

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request

from channels.contract import RejectedError
from gateway.http.asgi import receive_body
from gateway.http.problems import ProblemError
from gateway.http.webhook import DisconnectedError, check_length
from gateway.operators.console.forms import FORM_BYTES_MAX, parse_form

CSRF: Final = "csrf"
NOT_OURS: Final = "this form was not ours, or it is too old; open the page again"
_FORM: Final = "application/x-www-form-urlencoded"


async def read_post(request: Request, csrf: str) -> dict[str, str]:
    """Return the fields of a form that bears `csrf`, without it; else raise `ProblemError`."""
    if not comes_from_here(request):
        raise ProblemError(403, NOT_OURS)
    if request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
        raise ProblemError(422, "a form should come url-encoded")
    form = parse_form(await _body(request))
    given = form.pop(CSRF, "")
    if not csrf or not hmac.compare_digest(given.encode(), csrf.encode()):
        raise ProblemError(403, NOT_OURS)
    return form


def comes_from_here(request: Request) -> bool:
    """Return True unless the browser says that another site sent it."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""


async def _body(request: Request) -> bytes:
    try:
        check_length(request.headers.get("content-length", ""), FORM_BYTES_MAX)
        return await receive_body(request.receive, bytes_max=FORM_BYTES_MAX)
    except RejectedError as error:
        raise ProblemError(error.status, error.reason) from None
    except DisconnectedError:
        raise ProblemError(400, "the form did not arrive whole") from None
