"""The console as an application, imported and made when the first request comes.

Most workers of most gateways never serve it; its templates and words would slow their start.
"""

import asyncio
from importlib import import_module
from typing import Any, Final

from gateway.http.asgi import App, Receive, Scope, Send
from gateway.settings.settings import Settings
from gateway.wiring.gateway import Gateway

PREFIX: Final = "/console"
_PARTS: Final = "gateway.wiring.console_parts"


def on_main_port(settings: Settings) -> bool:
    """Return True if the console is on the HTTP port: never in production."""
    return not settings.production and settings.console_port is None


def console(gateway: Gateway) -> App:
    """Return the application; the first request imports what it needs, in a thread."""
    made: list[App] = []

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if not made:
            parts: Any = await asyncio.to_thread(import_module, _PARTS)
            if not made:  # else another request was first
                made.append(
                    parts.make_console(gateway.desk, gateway.settings, gateway.intake.clock)
                )
        await made[0](scope, receive, send)

    return serve


def beside(app: App, other: App, prefix: str) -> App:
    """Return an application that serves `other` at and below `prefix`, beside `app`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        below = path == prefix or path.startswith(f"{prefix}/")
        await (other if below else app)(scope, receive, send)

    return serve
