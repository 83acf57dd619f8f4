"""The console as an application, and where it stands."""

from typing import Final

from gateway.http.asgi import App, Receive, Scope, Send
from gateway.settings.settings import Settings
from gateway.wiring.gateway import Gateway
from gateway.wiring.late import late_app

PREFIX: Final = "/console"
_PARTS: Final = "gateway.wiring.console_parts"


def on_main_port(settings: Settings) -> bool:
    """Return True if the console is on the HTTP port: never in production."""
    return not settings.production and settings.console_port is None


def console(gateway: Gateway) -> App:
    """Return the application, made by its first request."""
    return late_app(_PARTS, "make_console", gateway.desk, gateway.settings, gateway.intake.clock)


def beside(app: App, other: App, prefix: str) -> App:
    """Return an application that serves `other` at and below `prefix`, beside `app`."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        below = path == prefix or path.startswith(f"{prefix}/")
        await (other if below else app)(scope, receive, send)

    return serve
