"""Constructs the public API, and the pages of clinics' lists."""

from channels.web.api import Intents
from channels.web.lists import ListPages
from gateway.http.limits import Limits
from gateway.http.public.door import PublicDoor
from gateway.http.public.lists import ListOffice
from gateway.settings.secret import read_secret
from gateway.wiring.gateway import Gateway


def public_door(gateway: Gateway) -> PublicDoor:
    """Return the door by which the app comes in."""
    settings, campaign = gateway.settings, gateway.campaign
    return PublicDoor(
        channel=Intents(gateway.wording, read_secret(settings), campaign.language),
        intake=gateway.intake,
        limits=Limits(settings.web_rate),
        trusted=settings.trusted_proxies,
    )


def list_office(gateway: Gateway) -> ListOffice:
    """Return what the pages of clinics' lists need."""
    settings, key = gateway.settings, read_secret(gateway.settings)
    url = settings.public_url
    return ListOffice(
        pages=ListPages(gateway.wording, gateway.campaign, key=key, url=url),
        lists=gateway.web_lists,
        metrics=gateway.intake.metrics,
        clock=gateway.intake.clock,
        key=key,
        trusted=settings.trusted_proxies,
    )
