"""What a browser posts to the console, believed only if one of our own forms sent it."""

import hmac
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from starlette.requests import Request

from gateway.http.problems import ProblemError
from gateway.operators.console.forms import FORM_BYTES_MAX, parse_form
from gateway.operators.console.parts import parse_parts
from gateway.operators.requests import read_body

CSRF: Final = "csrf"
NOT_OURS: Final = "this form was not ours, or it is too old; open the page again"
_FORM: Final = "application/x-www-form-urlencoded"
_WITH_FILE: Final = "multipart/form-data"


class Post(NamedTuple):
    """The fields of a form, and its file, b"" for none."""

    fields: dict[str, str]
    file: bytes


async def read_post(request: Request, csrf: str, file_bytes_max: int = 0) -> Post:
    """Return a form that bears `csrf`, without it; else raise `ProblemError`.

    Only where the form may bring a file is `file_bytes_max` above 0.
    """
    post = await _read(request, file_bytes_max)
    given = post.fields.pop(CSRF, "")
    if not csrf or not hmac.compare_digest(given.encode(), csrf.encode()):
        raise ProblemError(403, NOT_OURS)
    return post


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form of ours, for whoever has no session; else raise the same."""
    return (await _read(request, 0)).fields


async def _read(request: Request, file_bytes_max: int) -> Post:
    if not comes_from_here(request):
        raise ProblemError(403, NOT_OURS)
    content_type = request.headers.get("content-type", "")
    kind = content_type.partition(";")[0].strip()
    if kind == _WITH_FILE and file_bytes_max:
        body = await read_body(request, FORM_BYTES_MAX + file_bytes_max)
        return Post(*parse_parts(body, content_type))
    if kind != _FORM:
        raise ProblemError(422, "a form should come url-encoded")
    return Post(parse_form(await read_body(request, FORM_BYTES_MAX)), b"")


def comes_from_here(request: Request) -> bool:
    """Return True unless the browser says that another site sent it."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
