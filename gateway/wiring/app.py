"""The ASGI application: dispatches each path to its webhook, the operator API or health."""

from collections.abc import Iterable, Mapping
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Route

from channels.contract import ChannelAdapter, Explains
from channels.web.form import WebForm
from channels.web.pages import Pages
from core.appointments.tickets import ShownTicket, live_ticket
from gateway.http.asgi import App, Receive, Scope, Send, asgi
from gateway.http.health import health_routes
from gateway.http.limits import Counting
from gateway.http.links import link_routes
from gateway.http.lost import Handler, lost_handler, slash_route
from gateway.http.passed_turns import passed_turns
from gateway.http.peer.client import Peer
from gateway.http.peer.envelope import PATH as PEER_PATH
from gateway.http.problems import on_http_exception
from gateway.http.tickets import TicketOffice, ticket_routes
from gateway.http.webhook import Webhook
from gateway.intake.intake import Intake
from gateway.operators.desk import Desk
from gateway.runtime.clock import Clock
from gateway.wiring.console import PREFIX as CONSOLE
from gateway.wiring.console import beside, console, on_main_port
from gateway.wiring.gateway import Gateway
from gateway.wiring.late import late_app
from gateway.wiring.public import public_routes
from gateway.wiring.uploads import upload_apps

API, OPENAPI = "/api/v1", "/openapi.json"
_OPERATOR_API = "gateway.wiring.operator_parts"


def create_app(gateway: Gateway, webhooks: Mapping[str, Webhook]) -> App:
    """Return the application: the webhooks, the passed turns, the operator API and health."""
    served = {**asgi_apps(webhooks), **upload_apps(gateway)}
    if gateway.peer.secret:
        served[PEER_PATH] = passed_turns(gateway.unsigned_channels, gateway.intake, gateway.peer)
    lost = _lost(gateway)
    inside: App = _framework_app(gateway, lost)
    served[OPENAPI] = operators = late_app(_OPERATOR_API, "operator_api", gateway, lost)
    inside = beside(inside, operators, API)
    if on_main_port(gateway.settings):
        inside = beside(inside, console(gateway), CONSOLE)
    if gateway.simulator is not None:
        from gateway.wiring.simulator_parts import HOME, make_app  # noqa: PLC0415 never in production

        inside = beside(inside, make_app(gateway, gateway.simulator), HOME)
    return dispatch(served, inside)


def gateway_webhooks(gateway: Gateway) -> dict[str, Webhook]:
    """Return the webhooks of the gateway's channels, by path."""
    peer = gateway.peer if gateway.peer.url else None
    given = (gateway.channels, gateway.intake, gateway.campaign.language)
    return make_webhooks(*given, peer, gateway.counting)


def make_webhooks(
    channels: Iterable[ChannelAdapter],
    intake: Intake,
    language: str,
    peer: Peer | None = None,
    counting: Counting | None = None,
) -> dict[str, Webhook]:
    """Return a webhook for each path of `channels`; what browsers send is counted."""
    webhooks: dict[str, Webhook] = {}
    for channel in channels:
        screens = any(path.startswith("/ussd/") for path in channel.paths)
        webhook = Webhook(
            channel=channel,
            intake=intake,
            language=language,
            peer=peer,
            screens=screens,
            counting=counting if isinstance(channel, Explains) else None,
        )
        for path in channel.paths:
            assert path not in webhooks, f"two channels want {path}"
            webhooks[path] = webhook
    return webhooks


def asgi_apps(webhooks: Mapping[str, Webhook]) -> dict[str, App]:
    """Return the webhooks as ASGI applications, by path."""
    return {path: asgi(webhook) for path, webhook in webhooks.items()}


def _lost(gateway: Gateway) -> Handler:
    """Return the handler of paths where nothing is."""
    forms = [one for one in gateway.channels if isinstance(one, WebForm)]
    return lost_handler(forms[0]) if forms else on_http_exception


def _framework_app(gateway: Gateway, lost: Handler) -> Starlette:
    """Return health, tickets and the public API, whose paths have parameters."""
    metrics = gateway.intake.metrics
    forms = [one for one in gateway.channels if isinstance(one, WebForm)]
    app = Starlette(
        routes=[
            *health_routes(gateway.checks, metrics),
            *ticket_routes(ticket_office(gateway.desk, gateway.intake.clock)),
            *public_routes(gateway),
            *(route for form in forms for route in _beside_form(form, gateway)),
        ],
        exception_handlers={HTTPException: lost},
    )
    app.router.redirect_slashes = False
    return app


def ticket_office(desk: Desk, clock: Clock) -> TicketOffice:
    """Return what tickets are served from."""

    async def find(number: str, code: str) -> ShownTicket | None:
        return await desk.database.read(partial(live_ticket, number=number, code=code))

    domain = desk.campaign.mailboxes[0].partition("@")[2]
    page = Pages(desk.wording, desk.campaign, {}).ticket
    return TicketOffice(find=find, page=page, wording=desk.wording, domain=domain, clock=clock)


def _beside_form(form: WebForm, gateway: Gateway) -> list[Route]:
    """Return the routes of the public form that are not the channel's own."""
    seconds = gateway.campaign.limits.session_ttl_seconds
    return [slash_route(), *link_routes(form, gateway.intake, seconds=seconds)]


def dispatch(served: Mapping[str, App], otherwise: App) -> App:
    """Return an application that passes each path to its own, by one dictionary look-up."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await served.get(scope["path"], otherwise)(scope, receive, send)

    return app
