"""Who may drive a developer's gateway: this machine, and no page of another site.

A page on the internet can make a browser send requests to 127.0.0.1, and a name that turns into
that address (DNS rebinding) makes them look like the page's own. So the Host must be a name of
this machine, no proxy or tunnel may have passed the request on, a browser's request must come from
our own page, and a body must have a type that no form of another site can send unasked. There are
no CORS headers.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from gateway.http.asgi import App, Receive, Scope, Send
from gateway.http.client_address import FORWARDED
from gateway.http.problems import ProblemError, problem
from gateway.settings.strength import is_loopback

TYPES: Final = frozenset({"application/json", "message/rfc822"})
OURS: Final = frozenset({"same-origin", "none"})  # `none`: the person typed the address
PASSED_ON: Final = (FORWARDED, "forwarded")  # what a proxy adds


def guarded_app(app: App) -> App:
    """Return `app` for the requests that `refusal` finds nothing against."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        why = refusal(scope["method"], Headers(scope=scope))
        if why:
            await problem(ProblemError(403, why))(scope, receive, send)
        else:
            await app(scope, receive, send)

    return serve


def refusal(method: str, headers: Headers) -> str:
    """Return why a request is refused, "" if it is not."""
    host = headers.get("host", "")
    name = _host_name(host)
    if not name or not is_loopback(name) or any(each in headers for each in PASSED_ON):
        return "the simulator is served to this machine alone"
    if headers.get("sec-fetch-site", "same-origin") not in OURS:
        return "another site sent this"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
        return "another site sent this"
    if method not in {"GET", "HEAD"} and _type(headers) not in TYPES:
        return f"a body should be one of {', '.join(sorted(TYPES))}"
    return ""


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _type(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()
