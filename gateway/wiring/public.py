"""Constructs the public API."""

from channels.web.api import Intents
from gateway.http.limits import Limits
from gateway.http.public.door import PublicDoor
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
