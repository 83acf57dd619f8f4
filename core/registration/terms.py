"""The rules that registrations and bookings follow, from the campaign and the settings."""

from typing import NamedTuple

from core.campaign import Doses, Limits, Places, Screening
from core.outbox.sms_bounds import HOME
from core.registration.number import NumberOf


class Terms(NamedTuple):
    """The campaign's limits, doses, places and questions about health, and the settings.

    A phone outside `countries` (ISO codes) gets SMS only if it has written to us. A new record is
    checked with the roster at once, or, if `asks_registry`, marked to be checked later: a turn
    never waits for another system. `public_url` is where browsers find us. `number_of` derives the
    registration numbers; without it they are drawn.
    """

    limits: Limits
    doses: Doses
    countries: frozenset[str] = HOME
    asks_registry: bool = False
    places: Places = Places()
    screening: Screening = Screening()
    public_url: str = ""
    number_of: NumberOf | None = None
