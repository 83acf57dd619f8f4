"""A browser of its own for each person: the form's cookie is put aside, and taken out again.

What is put aside stays in the same browser, in a cookie that comes with this request alone.
"""

from typing import Annotated, Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from channels.web.browser import Site
from channels.web.tokens import is_token
from gateway.http.problems import respond
from gateway.simulator.requests import read_struct

ASIDE: Final = "satupintu_try"
PATH: Final = "/try/api/browser"
SECONDS_MAX: Final = 7 * 86_400  # that a browser is kept, in which nothing is done
BROWSERS_MAX: Final = 32  # the last of these people keep their forms
PERSON_PATTERN: Final = "^[a-z0-9+-]{1,40}$"


class Holder(msgspec.Struct, forbid_unknown_fields=True):
    """The id of the person that holds the browser now."""

    person: Annotated[str, msgspec.Meta(pattern=PERSON_PATTERN)]


async def change_browser(request: Request, url: str) -> Response:
    """Give the frame the browser of this person; it is a fresh one at first; `url` is our own."""
    person = (await read_struct(request, Holder)).person
    site = Site(url, SECONDS_MAX)
    aside = dict(parse_qsl(request.cookies.get(ASIDE, ""), keep_blank_values=True))
    holder, token = next(iter(aside), person), request.cookies.get(site.cookie, "")
    aside[holder] = token if is_token(token) else ""
    token = aside.pop(person, "")
    kept = [(person, ""), *aside.items()][:BROWSERS_MAX]
    response = respond({"fresh": not is_token(token)})
    response.headers.append(*(site.set_cookie(token) if is_token(token) else site.no_cookie()))
    flags = f"Max-Age={SECONDS_MAX}; Path={PATH}; HttpOnly; SameSite=Strict"
    response.headers.append("set-cookie", f"{ASIDE}={urlencode(kept)}; {flags}")
    return response
