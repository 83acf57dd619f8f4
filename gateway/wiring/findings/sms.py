"""What the doctor notes about SMS: receipts that nobody takes, senders and prefixes."""

import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from core.messages import Channel
from core.roster.invitation_words import SEAT
from core.wording.catalog import Wording
from gateway.runtime.finding import Finding, note
from gateway.sending.routing import Prefixes
from gateway.settings.configuration import Configuration
from gateway.settings.settings import Settings, variable

CONNECT_SECONDS: Final = 3.0
_WITHIN: Final = ("kannel", "jasmin")  # what stands in our network or the operator's
_PORTS: Final = {"https": 443, "http": 80}


def look_at_sms(
    configuration: Configuration, wording: Wording, able: frozenset[str]
) -> Iterator[Finding]:
    """Yield notes on SMS; `able` are the providers with an account that sends them."""
    settings, campaign = configuration.settings, configuration.campaign
    for name in sorted(able - set(settings.wires)):
        yield note(f"receipts of {name}", f"it is not in {variable('wires')}, so they get 404")
    for name in _WITHIN:
        if name in able:
            yield _reach(name, getattr(settings, f"{name}_url"))
    yield from _prefixes(settings, able)
    phrases = wording.phrases(campaign.language, "short")
    for kind in sorted(campaign.senders):
        if not any(key.startswith(kind) for key in phrases):
            yield note(f"sender of {kind}", "no phrase's key begins so; see core/wording/locale")
    if able and Prefixes(campaign.senders).find(SEAT, campaign.sender_id):
        yield note("invitations by SMS", "they come from a name, so nobody can answer them")


def _prefixes(settings: Settings, able: frozenset[str]) -> Iterator[Finding]:
    for prefix, names in settings.sms_prefixes.items():
        if not able & set(names):
            fault = f"{', '.join(names)} has no account, so the others send to these numbers"
            yield note(f"SMS to {prefix}", fault)


def _reach(name: str, url: str) -> Finding:
    part, parts = f"{Channel.SMS} by {name}", urlsplit(url)
    try:
        port = parts.port or _PORTS[parts.scheme]
        socket.create_connection((parts.hostname or "", port), CONNECT_SECONDS).close()
    except (OSError, ValueError):
        return note(part, f"nothing answers where {variable(f'{name}_url')} says")
    return Finding(part)
