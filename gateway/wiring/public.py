"""Constructs the public API, and the pages of clinics' lists."""

from secrets import token_bytes

from starlette.routing import Route

from channels.web.api import Intents
from channels.web.lists import ListPages
from channels.web.tokens import Seals
from gateway.http.booking import Visits
from gateway.http.public.door import PublicDoor
from gateway.http.public.intents import intent_routes
from gateway.http.public.lists import ListOffice, list_routes
from gateway.http.public.visits import visit_routes
from gateway.settings.secret import read_secret
from gateway.wiring.gateway import Gateway


def public_routes(gateway: Gateway) -> list[Route]:
    """Return the routes of the app."""
    settings, campaign = gateway.settings, gateway.campaign
    door = PublicDoor(
        channel=Intents(gateway.wording, read_secret(settings), campaign),
        intake=gateway.intake,
        visits=Visits(gateway.desk.effects, campaign),
        counting=gateway.counting,
    )
    lists = list_routes(_list_office(gateway)) if "web" in settings.wires else ()
    return [*intent_routes(door), *visit_routes(door), *lists]


def _list_office(gateway: Gateway) -> ListOffice:
    """Return what the pages of clinics' lists need."""
    settings, key = gateway.settings, read_secret(gateway.settings)
    url = settings.public_url
    return ListOffice(
        pages=ListPages(gateway.wording, gateway.campaign, seals=Seals(key, token_bytes), url=url),
        lists=gateway.web_lists,
        metrics=gateway.intake.metrics,
        clock=gateway.intake.clock,
        key=key,
        trusted=settings.trusted_proxies,
    )
