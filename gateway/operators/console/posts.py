"""What a browser posts to the console, believed only if one of our own forms sent it."""

import hmac
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from starlette.requests import Request

from channels.contract import RejectedError
from channels.shared.multipart import is_multipart, read_multipart
from gateway.http.problems import ProblemError
from gateway.operators.console.forms import FORM_BYTES_MAX, parse_form
from gateway.operators.requests import read_body

CSRF: Final = "csrf"
NOT_OURS: Final = "this form was not ours, or it is too old; open the page again"
_FORM: Final = "application/x-www-form-urlencoded"


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
    if file_bytes_max and is_multipart(content_type):
        return _with_file(await read_body(request, FORM_BYTES_MAX + file_bytes_max), content_type)
    if content_type.partition(";")[0].strip() != _FORM:
        raise ProblemError(422, "a form should come url-encoded")
    return Post(parse_form(await read_body(request, FORM_BYTES_MAX)), b"")


def _with_file(body: bytes, content_type: str) -> Post:
    try:
        return Post(*read_multipart(body, content_type))
    except RejectedError as rejected:
        raise ProblemError(422, rejected.reason) from None


def comes_from_here(request: Request) -> bool:
    """Return True unless the browser says that another site sent it."""
    origin = request.headers.get("origin")
    if origin is None:
        return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
