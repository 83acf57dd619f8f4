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
from gateway.http.lost import lost_handler, slash_route
from gateway.http.passed_turns import passed_turns
from gateway.http.peer.client import Peer
from gateway.http.peer.envelope import PATH as PEER_PATH
from gateway.http.problems import on_http_exception
from gateway.http.tickets import TicketOffice, ticket_routes
from gateway.http.webhook import Webhook
from gateway.intake.intake import Intake
from gateway.operators.acts import Act
from gateway.operators.approvals_acts import approvals_acts
from gateway.operators.attendance_acts import attendance_acts
from gateway.operators.audit_acts import audit_acts
from gateway.operators.call_acts import call_acts
from gateway.operators.campaign_acts import campaign_acts
from gateway.operators.cases_acts import cases_acts
from gateway.operators.closure_acts import closure_acts
from gateway.operators.day_acts import day_acts
from gateway.operators.desk import Desk
from gateway.operators.door import Door, act_routes
from gateway.operators.evidence_acts import evidence_acts
from gateway.operators.exports.acts import export_acts
from gateway.operators.funnel_acts import funnel_acts
from gateway.operators.gate import Gate, personal_tokens
from gateway.operators.openapi import openapi_route
from gateway.operators.overview_acts import overview_acts
from gateway.operators.people_acts import people_acts
from gateway.operators.record_acts import record_acts
from gateway.operators.removal_acts import removal_acts
from gateway.operators.roster_acts import roster_acts
from gateway.operators.runner import Runner
from gateway.operators.slot_acts import slot_acts
from gateway.operators.today_acts import today_acts
from gateway.runtime.clock import Clock
from gateway.settings.settings import reveal
from gateway.wiring.console import PREFIX as CONSOLE
from gateway.wiring.console import beside, console, on_main_port
from gateway.wiring.gateway import Gateway
from gateway.wiring.public import public_routes
from gateway.wiring.uploads import upload_apps


def create_app(gateway: Gateway, webhooks: Mapping[str, Webhook]) -> App:
    """Return the application: the webhooks, the passed turns, the operator API and health."""
    served = {**asgi_apps(webhooks), **upload_apps(gateway)}
    if gateway.peer.secret:
        served[PEER_PATH] = passed_turns(gateway.unsigned_channels, gateway.intake, gateway.peer)
    inside = _framework_app(gateway)
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


def _framework_app(gateway: Gateway) -> App:
    """Return the operator API, health and tickets, whose paths have parameters."""
    metrics = gateway.intake.metrics
    database, token = gateway.intake.database, reveal(gateway.settings.operator_token)
    gate = Gate(token, metrics.refused, personal_tokens(database))
    runner = Runner(database)
    door = Door(gate, runner, gateway.intake.clock)
    acts = desk_acts(gateway.desk, runner)
    forms = [one for one in gateway.channels if isinstance(one, WebForm)]
    app = Starlette(
        routes=[
            *act_routes(acts, door),
            openapi_route(acts),
            *health_routes(gateway.checks, metrics),
            *ticket_routes(ticket_office(gateway.desk, gateway.intake.clock)),
            *public_routes(gateway),
            *(route for form in forms for route in _beside_form(form, gateway)),
        ],
        exception_handlers={HTTPException: lost_handler(forms[0]) if forms else on_http_exception},
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


def desk_acts(desk: Desk, runner: Runner) -> tuple[Act, ...]:
    """Return every act there is; `runner` carries out what a second person confirms."""
    return (
        *record_acts(desk),
        *people_acts(desk),
        *overview_acts(desk),
        *today_acts(desk),
        *campaign_acts(desk),
        *roster_acts(desk),
        *cases_acts(desk),
        *evidence_acts(desk),
        *funnel_acts(desk),
        *export_acts(desk),
        *day_acts(desk),
        *attendance_acts(desk),
        *slot_acts(desk),
        *removal_acts(desk),
        *closure_acts(desk),
        *call_acts(desk),
        *approvals_acts(desk.database, runner),
        *audit_acts(desk),
    )


def dispatch(served: Mapping[str, App], otherwise: App) -> App:
    """Return an application that passes each path to its own, by one dictionary look-up."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await served.get(scope["path"], otherwise)(scope, receive, send)

    return app
