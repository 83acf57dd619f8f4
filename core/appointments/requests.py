"""What a person may be told of their registrations and appointments, and offered."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

STANDINGS_MAX: Final = 10  # registrations told at once; a family shares a phone


class Place(NamedTuple):
    """A facility, as a person is shown it; `distance_km` is from the place that they shared."""

    code: str
    name: str
    address: str
    distance_km: float | None = None


class OpenSlot(NamedTuple):
    """A time at a facility with a seat left. `start` bears the facility's own offset."""

    id: int
    start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """An appointment. `start` bears the facility's own offset."""

    place: Place
    start: datetime
    dose: int
    status: Literal["booked", "cancelled", "attended", "missed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One registration, as its own person may see it.

    `appointment` is the live one, or the last whose time has passed with nothing known of it.
    `next_dose` is what may be booked next, 0 when there is none left; `since` is the first day on
    which that is possible. `screened` is true while answers to the campaign's present screening
    questions still hold; `postponed` is the day until which they put the person off.
    `sex` is what the NIK says, "" where nobody said.
    """

    number: str
    full_name: str = field(repr=False)
    status: str
    appointment: Appointment | None = None
    next_dose: int = 1
    since: date | None = None
    screened: bool = False
    postponed: date | None = None
    sex: Literal["female", "male", ""] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What is on file for a proven address: at most `STANDINGS_MAX`, or `more` than those."""

    registrations: tuple[Standing, ...] = ()
    in_review: bool = False
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFacilities:
    """Facilities with open seats, nearest first.

    Where there are none, `opened` tells all taken from no time that was opened at all.
    """

    places: tuple[Place, ...]
    opened: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDates:
    """Days on which a facility has open seats, in order."""

    dates: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTimes:
    """Times of one day with open seats, in order."""

    slots: tuple[OpenSlot, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The seat is theirs. `changed` says that another appointment was given back for it."""

    appointment: Appointment
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The last seat went to somebody else; `others` are the next nearest, in place and time."""

    others: tuple[tuple[Place, OpenSlot], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBookable:
    """Nothing was booked, for a reason that another time would not change.

    `not_verified`: the registration may not book. `too_early`: the dose is not due on that day.
    `other_appointment`: there is a live one that this was not meant to change.
    """

    why: Literal["not_verified", "too_early", "other_appointment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The seat was given back; None where there was no live appointment."""

    appointment: Appointment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent:
    """The same answer whether the registration exists or not; `too_many` says to wait.

    `again_at` is until when, in seconds since 1970.
    """

    too_many: bool = False
    again_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChecked:
    """What a code that was typed is worth. `wrong` may be tried again; `expired` may not."""

    verdict: Literal["right", "wrong", "expired"]


Result = (
    StatusReport
    | FoundFacilities
    | FoundDates
    | FoundTimes
    | Booked
    | Taken
    | NotBookable
    | Cancelled
    | CodeSent
    | CodeChecked
)
