"""The ASGI application: one look-up takes a request to its wire, the operator API or health."""

from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from channels.contract import Channel
from gateway.http.health import health_routes
from gateway.http.peer.client import Peer
from gateway.http.peer.door import passed_turns
from gateway.http.peer.envelope import PATH as PEER_PATH
from gateway.http.problems import on_http_exception
from gateway.http.tickets import ticket_routes
from gateway.http.webhook import App, Receive, Scope, Send, webhook
from gateway.intake.intake import Desk
from gateway.operators.api import api_routes
from gateway.settings.settings import reveal
from gateway.wiring.gateway import Gateway


def create_app(gateway: Gateway) -> App:
    """Return the application that serves every HTTP wire, the API and health."""
    language, peer = gateway.campaign.language, gateway.peer
    other = peer if peer.is_set else None
    found = wires(gateway.channels, gateway.desk, language, other)
    if peer.secret:
        found[PEER_PATH] = passed_turns(gateway.twins, gateway.desk, peer)
    return route(found, rest(gateway))


def wires(
    channels: Iterable[Channel], desk: Desk, language: str, peer: Peer | None = None
) -> dict[str, App]:
    """Return the application of each path that a provider calls."""
    found: dict[str, App] = {}
    for channel in channels:
        serve = webhook(channel, desk, language=language, peer=peer)
        for path in channel.paths:
            assert path not in found, f"two wires want {path}"
            found[path] = serve
    return found


def rest(gateway: Gateway) -> App:
    """Return what serves operators, machines and pictures: here a framework is worth its time."""
    metrics = gateway.desk.metrics
    token = reveal(gateway.settings.operator_token)
    app = Starlette(
        routes=[
            *api_routes(gateway.office, token),
            *health_routes(gateway.checks, metrics),
            *ticket_routes(gateway.office.queries.live_codes),
        ],
        exception_handlers={HTTPException: on_http_exception},
    )
    app.router.redirect_slashes = False
    return app


def route(wires: dict[str, App], otherwise: App) -> App:
    """Return an application that looks at the path and nothing else."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await wires.get(scope["path"], otherwise)(scope, receive, send)

    return app
