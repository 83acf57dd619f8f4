"""Requests about appointments, each beside its results."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import msgspec

from core.appointments.views import Appointment, OpenSlot, Place, StatusEntry
from core.messages import Address, Channel, Location

STATUS_ENTRIES_MAX: Final = 10  # registrations shown at once; a family shares a phone
FACILITIES_MAX: Final = 9  # in a list: what a person reads through and a session can hold
DATES_MAX: Final = 14
TIMES_MAX: Final = 20
OTHERS_MAX: Final = 5  # offered instead of a seat that was just taken

Purpose = Literal[
    "status", "appointment", "dropped", "nothing_dropped", "correct", "leave", "looks"
]


class LookUp(msgspec.Struct, frozen=True, tag="look_up"):
    """Look up what is on file for this address.

    `proven` is the registration number that a code has just proven to be theirs: only that one is
    shown. The purposes `dropped` and `nothing_dropped` follow a request to drop a form. `at` is in
    Unix seconds, as in all requests here.
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
    """What is on file for a proven address; `more`: `STATUS_ENTRIES_MAX` cut the list.

    `in_review`: what this address said of somebody waits for an official, as the case
    with the id `case`.
    """

    registrations: tuple[StatusEntry, ...] = ()
    in_review: bool = False
    case: int = 0
    more: bool = False


class Screen(msgspec.Struct, frozen=True, tag="screen"):
    """Answers to the screening questions of that `version`: code -> `yes` or `no`.

    `until` is the ISO date until which the person is put off, or "". `key` is derived from the
    message, as for every request that must take effect once.
    """

    key: str
    number: str
    version: str
    answers: dict[str, str]
    outcome: Literal["proceed", "postpone", "ask_site"]
    until: str
    at: int


class FindFacilities(msgspec.Struct, frozen=True, tag="find_facilities"):
    """Find facilities with seats for this dose from the ISO date `since` on, nearest first.

    Near is near the shared location `near`, else near where the person works or lives; `anywhere`
    lists those beyond the campaign's radius, too. `name` searches by name and town, typing errors
    allowed.
    """

    number: str
    dose: int
    since: str
    at: int
    near: Location | None = None
    name: str = ""
    anywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFacilities:
    """Facilities with open seats, nearest first.

    If there are none, `opened` is true if slots exist but are full, and `beyond` is the nearest
    one with seats outside the campaign's radius, if any.
    """

    places: tuple[Place, ...]
    opened: bool = True
    beyond: Place | None = None


class FindSeat(msgspec.Struct, frozen=True, tag="find_seat"):
    """Find the seat to offer first: the earliest for this dose at the nearest facility.

    The fields are those of `FindFacilities`, and the facility is the first that it finds.
    """

    number: str
    dose: int
    since: str
    at: int
    near: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSeat:
    """A seat that is free, and where; nothing is held.

    If there is none, both are None, and `opened` and `beyond` are those of `FoundFacilities`.
    """

    place: Place | None = None
    slot: OpenSlot | None = None
    opened: bool = True
    beyond: Place | None = None


class FindDates(msgspec.Struct, frozen=True, tag="find_dates"):
    """Find days with seats at one facility."""

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
    """Find times with seats on the ISO date `day` at one facility."""

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
    """Book the slot that the person confirmed; with `changes`, instead of the live appointment.

    The ticket goes to `address` by `channel` (after USSD, by SMS) in `language`. It tells somebody
    who was `invited`, and said yes, that they are registered, too.
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
    invited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The seat is booked; `changed` if another appointment was given back for it."""

    appointment: Appointment
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The last seat is taken; `others` are the nearest in place and time."""

    others: tuple[tuple[Place, OpenSlot], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBookable:
    """Nothing was booked, for a reason other than a taken seat.

    `not_verified`: the registration may not book. `waits`: the answers about health need a
    doctor's word first. `too_early`: the dose is not due on that day.
    `other_appointment`: there is a live one, and the request did not say `changes`.
    """

    why: Literal["not_verified", "waits", "too_early", "other_appointment"]


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Cancel the live appointment."""

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
    """The appointment that was cancelled, or None if there was no live one."""

    appointment: Appointment | None


class Attend(msgspec.Struct, frozen=True, tag="attend"):
    """Note whether the person `kept` the appointment that has passed."""

    key: str
    number: str
    kept: bool
    address: Address
    at: int


AppointmentRequest = (
    LookUp | Screen | FindFacilities | FindSeat | FindDates | FindTimes | Book | Cancel | Attend
)
AppointmentResult = (
    StatusReport
    | FoundFacilities
    | FoundSeat
    | FoundDates
    | FoundTimes
    | Booked
    | Taken
    | NotBookable
    | Cancelled
)
