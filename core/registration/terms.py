"""What registrations and bookings are held to: from the campaign, and from the settings."""

from typing import NamedTuple

from core.campaign import Doses, Limits
from core.outbox.sms_bounds import HOME


class Terms(NamedTuple):
    """`countries`, by ISO code, are those where a phone that never wrote to us may be sent SMS.

    A new record is checked with the roster at once; where `asks_registry`, it is only marked to
    be checked: another's answer is never waited for in a turn.
    """

    limits: Limits
    doses: Doses
    countries: frozenset[str] = HOME
    asks_registry: bool = False
