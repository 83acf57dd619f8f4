"""Which keys guard the wires of a provider."""

from gateway.settings.lists import named_keys
from gateway.settings.providers import PROVIDERS
from gateway.settings.settings import Settings, reveal


def keys_of(settings: Settings, provider: str) -> tuple[str, ...]:
    """Return the keys of a provider's wires: its own, or else the one that several share."""
    (row,) = [one for one in PROVIDERS if one.name == provider]
    if own := reveal(getattr(settings, row.keys)):
        return tuple(own.split(","))
    return _shared_keys(settings)


def keys_of_gateway(settings: Settings, gateway: str) -> tuple[str, ...]:
    """Return the keys of a mapped USSD gateway, likewise."""
    own = named_keys(reveal(settings.mapped_keys))
    return own.get(gateway) or own.get("") or _shared_keys(settings)


def _shared_keys(settings: Settings) -> tuple[str, ...]:
    shared = reveal(settings.webhook_key)
    return (shared,) if shared else ()


def relying_on(settings: Settings, secret: str) -> list[str]:
    """Return the wires that are served and that nothing but this secret authenticates."""
    return [
        one.name
        for one in PROVIDERS
        if secret in one.guards
        and one.name in settings.wires
        and (not one.table or getattr(settings, one.table))
        and not (one.keys and getattr(settings, one.keys))
    ]
