"""Constructs the operator API: its acts, its door, and the document that describes them."""

from starlette.applications import Starlette
from starlette.exceptions import HTTPException

from gateway.http.lost import Handler
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
from gateway.settings.settings import reveal
from gateway.wiring.gateway import Gateway


def operator_api(gateway: Gateway, lost: Handler) -> Starlette:
    """Return the application; `lost` answers where it has no route."""
    metrics, database = gateway.intake.metrics, gateway.intake.database
    token = reveal(gateway.settings.operator_token)
    gate = Gate(token, metrics.refused, personal_tokens(database))
    runner = Runner(database)
    acts = desk_acts(gateway.desk, runner)
    app = Starlette(
        routes=[*act_routes(acts, Door(gate, runner, gateway.intake.clock)), openapi_route(acts)],
        exception_handlers={HTTPException: lost},
    )
    app.router.redirect_slashes = False
    return app


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
