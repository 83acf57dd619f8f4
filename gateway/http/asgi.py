"""Webhooks as plain ASGI applications, without a framework, for any ASGI server."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from channels.contract import Response
from gateway.http.webhook import CLOSING_STATUSES, DisconnectedError, Webhook, too_large

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def asgi(webhook: Webhook) -> App:
    """Return the ASGI application that serves the paths of `webhook`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        response = await webhook.respond(AsgiCall(scope, receive))
        if response is not None:
            await write(send, response)

    return serve


class AsgiCall:
    """An `HttpCall` over ASGI's `scope` and `receive`."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.fields: list[tuple[bytes, bytes]] = scope["headers"]
        self.caller: str = (scope.get("client") or ("",))[0]
        self._receive = receive

    async def body(self, bytes_max: int) -> bytes:
        """Return the whole body, or raise `RejectedError` (413) or `DisconnectedError`."""
        return await receive_body(self._receive, bytes_max=bytes_max)


async def receive_body(receive: Receive, *, bytes_max: int) -> bytes:
    """Return the body, or raise `RejectedError` (413) or `DisconnectedError`."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= bytes_max:
        message = await receive()
        if message["type"] != "http.request":
            raise DisconnectedError
        chunks.append(message.get("body", b""))
        size, more = size + len(chunks[-1]), message.get("more_body", False)
    if size > bytes_max:
        raise too_large()
    return b"".join(chunks)


async def write(send: Send, response: Response) -> None:
    """Send the whole response."""
    headers = [
        (b"content-type", response.content_type.encode()),
        (b"content-length", b"%d" % len(response.body)),
    ]
    if response.headers:
        headers += [(name.encode(), value.encode()) for name, value in response.headers]
    if response.status in CLOSING_STATUSES:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
