"""A registration, an appointment, a place and a time, as their own person sees them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, NamedTuple


class Place(NamedTuple):
    """A facility as a person sees it; `town` is its city or regency, "" if that is unknown.

    `distance_km` is from the location that they shared, else from where they work or live.
    """

    code: str
    name: str
    address: str
    distance_km: float | None = None
    town: str = ""

    @property
    def km(self) -> int | None:
        """The distance in whole kilometres; 0 is less than one, None unknown."""
        far = self.distance_km
        return None if far is None else round(far) if far >= 1 else 0


class OpenSlot(NamedTuple):
    """A time at a facility with a seat left. `start` has the facility's UTC offset."""

    id: int
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """An appointment as its person sees it. `start` has the facility's UTC offset.

    `code` is the check code of its ticket.
    """

    place: Place
    start: datetime
    dose: int
    status: Literal["booked", "cancelled", "attended", "missed"]
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEntry:
    """One registration, as its own person may see it.

    `appointment` is the live one, or one that has passed without a note on attendance.
    `next_dose` may be booked next (0: none is left), from the day `since` on. `screened` is true
    while the answers to the campaign's present screening questions are valid; `postponed` is the
    day until which they put the person off; `asks_site` is true while valid answers ask for a
    doctor's word first. `sex` is from the NIK, "" if that is unknown. `case`
    is the id of the case that waits, to be decided by the day `decided_by`; `kept` the number
    of the registration that this one was merged into; `erased_on` the day of an erasure.
    """

    number: str
    full_name: str = field(repr=False)
    status: str
    phone: str | None = field(default=None, repr=False)
    appointment: Appointment | None = None
    next_dose: int = 1
    since: date | None = None
    screened: bool = False
    postponed: date | None = None
    asks_site: bool = False
    sex: Literal["female", "male", ""] = ""
    case: int = 0
    decided_by: date | None = None
    kept: str = ""
    erased_on: date | None = None
