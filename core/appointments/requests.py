"""What is asked about appointments, and what comes of it: each request beside its results."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

import msgspec

from core.messages import Address, Channel, Location

STANDINGS_MAX: Final = 10  # registrations told at once; a family shares a phone
FACILITIES_MAX: Final = 9  # of each list: what a person looks through, and a session bears
DATES_MAX: Final = 14
TIMES_MAX: Final = 20
OTHERS_MAX: Final = 5  # offered instead of a seat that was just taken

Purpose = Literal["status", "appointment", "dropped", "nothing_dropped"]


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


class LookUp(msgspec.Struct, frozen=True, tag="look_up"):
    """The person asks what is on file for this address.

    `proven` is the number of a registration that a code has just proven to be theirs: it alone is
    told. Who `dropped` a form, or had none to drop, is told what stays. `at` is in seconds.
    """

    address: Address
    campaign: str
    purpose: Purpose = "status"
    proven: str = ""
    version: str = ""  # of the screening questions
    valid_days: int = 0
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """What is on file for a proven address: at most `STANDINGS_MAX`, or `more` than those."""

    registrations: tuple[Standing, ...] = ()
    in_review: bool = False
    more: bool = False


class Screen(msgspec.Struct, frozen=True, tag="screen"):
    """Answers to the screening questions of that `version`: code -> `yes` or `no`.

    `until` is the ISO date up to which the person is put off, or "". `key` is derived from the
    message, as everything's is that must be written once.
    """

    key: str
    number: str
    version: str
    answers: dict[str, str]
    outcome: Literal["proceed", "postpone", "ask_site"]
    until: str
    at: int


class FindFacilities(msgspec.Struct, frozen=True, tag="find_facilities"):
    """Facilities with seats for this dose from the ISO date `since` on.

    `near` orders by distance; without it the person's own regency comes first. `name` looks for
    that name, slips allowed.
    """

    number: str
    dose: int
    since: str
    at: int
    near: Location | None = None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFacilities:
    """Facilities with open seats, nearest first.

    Where there are none, `opened` tells all taken from no time that was opened at all.
    """

    places: tuple[Place, ...]
    opened: bool = True


class FindDates(msgspec.Struct, frozen=True, tag="find_dates"):
    """Days with seats at one facility."""

    facility: str
    campaign: str
    dose: int
    since: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDates:
    """Days on which a facility has open seats, in order."""

    dates: tuple[date, ...]


class FindTimes(msgspec.Struct, frozen=True, tag="find_times"):
    """Times with seats on the ISO date `day` at one facility."""

    facility: str
    campaign: str
    dose: int
    day: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTimes:
    """Times of one day with open seats, in order."""

    slots: tuple[OpenSlot, ...]


class Book(msgspec.Struct, frozen=True, tag="book"):
    """The seat that the person confirmed. `changes` gives the live appointment back for it.

    The message that the booking owes goes to `address` by `channel` (after USSD, by SMS) in
    `language`.
    """

    key: str
    number: str
    slot: int
    dose: int
    changes: bool
    at: int
    address: Address
    channel: Channel
    provider: str
    language: str
    near: Location | None = None
    thread: dict[str, str] = {}


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


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """The person gives the live appointment up."""

    key: str
    number: str
    at: int
    address: Address
    channel: Channel
    provider: str
    language: str
    thread: dict[str, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """The seat was given back; None where there was no live appointment."""

    appointment: Appointment | None


class Attend(msgspec.Struct, frozen=True, tag="attend"):
    """The person says whether they `kept` the appointment whose time has passed."""

    key: str
    number: str
    kept: bool
    address: Address
    at: int


AppointmentRequest = (
    LookUp | Screen | FindFacilities | FindDates | FindTimes | Book | Cancel | Attend
)
AppointmentResult = (
    StatusReport
    | FoundFacilities
    | FoundDates
    | FoundTimes
    | Booked
    | Taken
    | NotBookable
    | Cancelled
)
