"""Constructs the public API."""

from starlette.routing import Route

from channels.web.api import Intents
from gateway.http.booking import Visits
from gateway.http.limits import Limits
from gateway.http.public.door import PublicDoor
from gateway.http.public.intents import intent_routes
from gateway.http.public.visits import visit_routes
from gateway.settings.secret import read_secret
from gateway.wiring.gateway import Gateway


def public_routes(gateway: Gateway) -> list[Route]:
    """Return the routes of the app."""
    settings, campaign = gateway.settings, gateway.campaign
    door = PublicDoor(
        channel=Intents(gateway.wording, read_secret(settings), campaign.language),
        intake=gateway.intake,
        visits=Visits(gateway.desk.effects, campaign),
        limits=Limits(settings.web_rate),
        trusted=settings.trusted_proxies,
    )
    return [*intent_routes(door), *visit_routes(door)]
