"""The ASGI application: one look-up takes a request to its wire, the operator API or health."""

from collections.abc import Iterable, Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from channels.contract import ChannelAdapter
from gateway.http.asgi import App, Receive, Scope, Send, asgi
from gateway.http.health import health_routes
from gateway.http.passed_turns import passed_turns
from gateway.http.peer.client import Peer
from gateway.http.peer.envelope import PATH as PEER_PATH
from gateway.http.problems import on_http_exception
from gateway.http.tickets import ticket_routes
from gateway.http.webhook import Webhook
from gateway.intake.intake import Intake
from gateway.operators.api import api_routes
from gateway.settings.settings import reveal
from gateway.wiring.gateway import Gateway


def create_app(gateway: Gateway, found: Mapping[str, Webhook]) -> App:
    """Return the application that serves every HTTP wire, the API and health."""
    served = apps(found)
    if gateway.peer.secret:
        served[PEER_PATH] = passed_turns(gateway.unsigned_channels, gateway.intake, gateway.peer)
    return route(served, rest(gateway))


def find_wires(gateway: Gateway) -> dict[str, Webhook]:
    """Return what serves each path that a provider calls."""
    peer = gateway.peer if gateway.peer.is_set else None
    return wires(gateway.channels, gateway.intake, gateway.campaign.language, peer)


def wires(
    channels: Iterable[ChannelAdapter], intake: Intake, language: str, peer: Peer | None = None
) -> dict[str, Webhook]:
    """Return what serves each path of `channels`."""
    found: dict[str, Webhook] = {}
    for channel in channels:
        webhook = Webhook(channel=channel, intake=intake, language=language, peer=peer)
        for path in channel.paths:
            assert path not in found, f"two wires want {path}"
            found[path] = webhook
    return found


def apps(found: Mapping[str, Webhook]) -> dict[str, App]:
    """Return the same as ASGI applications."""
    return {path: asgi(webhook) for path, webhook in found.items()}


def rest(gateway: Gateway) -> App:
    """Return what serves operators, machines and pictures: here a framework is worth its time."""
    metrics = gateway.intake.metrics
    token = reveal(gateway.settings.operator_token)
    app = Starlette(
        routes=[
            *api_routes(gateway.operator_api, token),
            *health_routes(gateway.checks, metrics),
            *ticket_routes(gateway.operator_api.queries.live_codes),
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
