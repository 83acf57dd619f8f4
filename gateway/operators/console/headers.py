"""The headers of every answer of the console: nothing is stored, and nothing foreign runs."""

from typing import Any, Final

from gateway.http.asgi import App, Receive, Scope, Send

# `same-origin` and not `no-referrer`, with which a form's Origin would be "null".
ALWAYS: Final = {
    "content-security-policy": (
        "default-src 'self'; base-uri 'none'; form-action 'self'; "
        + "frame-ancestors 'none'; object-src 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), geolocation=(), microphone=()",  # tickets are scanned
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
NO_STORE: Final = {"cache-control": "no-store"}


def with_headers(app: App, *, static: str) -> App:
    """Return `app` with these headers where it sets none; what is below `static` may be stored."""
    always = [(name.encode(), value.encode()) for name, value in ALWAYS.items()]
    no_store = [*always, *((name.encode(), value.encode()) for name, value in NO_STORE.items())]

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        wanted = always if scope["path"].startswith(static) else no_store

        async def send_more(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"]
                names = {name.lower() for name, _ in given}
                added = [pair for pair in wanted if pair[0] not in names]
                message = {**message, "headers": [*given, *added]}
            await send(message)

        await app(scope, receive, send_more)

    return serve
