"""The rules of booking: the dose that is due, and who may book which slot. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from core.appointments.facility import Facility
from core.appointments.requests import Book, LookUp
from core.appointments.views import Appointment
from core.campaign import Doses, Screening
from core.fields.timezones import local, moment, zone_of

VERIFIED: Final = "verified"  # the status that may book
ASK_SITE: Final = "ask_site"  # what answers came to that need a doctor's word first

Status = Literal["booked", "cancelled", "attended", "missed"]
Kind = Literal["booked", "changed", "cancelled"]
Asked = Screening | LookUp  # the version of the present questions, and the days of an answer
Why = Literal["taken", "not_verified", "waits", "too_early", "other_appointment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The dose that may be booked, 0 when none is left, and the first day on which it may be."""

    dose: int
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedAppointment:
    """An appointment as it is stored. `start` has the facility's UTC offset."""

    id: int
    record_id: int
    status: str
    dose: int
    code: str = field(repr=False)
    sequence: int
    booked_by: str = field(repr=False)
    slot_id: int
    start: datetime
    facility: Facility

    def shown(self, status: Status) -> Appointment:
        """Return it as its person sees it."""
        return Appointment(
            place=self.facility.place(),
            start=self.start,
            dose=self.dose,
            status=status,
            code=self.code,
        )


class Screened(NamedTuple):
    """The last answers that a person gave to the screening questions, and their outcome."""

    version: str
    outcome: str
    until: date | None
    at: datetime

    def holds(self, asked: Asked, at: datetime, outcome: str = "proceed") -> bool:
        """Return True if they are valid answers to the campaign's present questions."""
        oldest = at - timedelta(days=asked.valid_days)
        return (self.version, self.outcome) == (asked.version, outcome) and self.at >= oldest


class RequestedSlot(NamedTuple):
    """The slot that a person asks for. `start` has the facility's UTC offset."""

    slot_id: int
    dose: int
    start: datetime
    facility: Facility


class SlotUnavailable(NamedTuple):
    """The seat is taken, at `requested` (facility, start); the dose is due from `since` on."""

    requested: tuple[Facility, datetime] | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One registration, with its appointments that were not cancelled, oldest first."""

    id: int
    nik: str = field(repr=False)
    status: str
    phone: str | None = field(repr=False)
    history: Sequence[BookedAppointment]
    screened: Screened | None

    @property
    def booked(self) -> BookedAppointment | None:
        """Return the live appointment, ahead or past."""
        return next((one for one in self.history if one.status == "booked"), None)

    def ahead(self, at: datetime) -> BookedAppointment | None:
        """Return the appointment that is still to come."""
        return self.booked if self.booked is not None and self.booked.start > at else None

    def past(self, at: datetime) -> BookedAppointment | None:
        """Return the appointment that has passed without a note on attendance."""
        return self.booked if self.booked is not None and self.booked.start <= at else None

    def postponed(self, at: datetime) -> date | None:
        """Return the day until which the person is put off, while it lies ahead."""
        until = self.screened.until if self.screened else None
        today = local(at, zone_of(self.nik)).date()
        return until if until is not None and until > today else None

    def waits(self, asked: Asked, at: datetime) -> bool:
        """Return True while the person's answers need a doctor's word first."""
        return self.screened is not None and self.screened.holds(asked, at, ASK_SITE)

    def due(self, doses: Doses, at: datetime, *, missed: bool = False) -> Due:
        """Return what may be booked next.

        A booked appointment that has passed counts as attended, unless `missed`.
        """
        past = None if missed else self.past(at)
        received = [one for one in self.history if one.status == "attended" or one is past]
        dose = max((one.dose for one in received), default=0) + 1
        if dose > doses.count:
            return Due(dose=0)
        days = [one.start.date() + timedelta(days=doses.interval_days) for one in received]
        if postponed := self.postponed(at):
            days.append(postponed)
        return Due(dose=dose, since=max(days, default=None))


def why_not(
    request: Book, person: Person, requested: RequestedSlot | None, due: Due, asked: Asked
) -> Why | None:
    """Return why this person may not book that slot, or None if they may.

    One channel may have offered the seat before an answer on another asked for a doctor's word.
    """
    if person.status != VERIFIED:
        return "not_verified"
    if person.waits(asked, moment(request.at)):
        return "waits"
    if person.booked is not None and not request.changes:
        return "other_appointment"
    if requested is None:
        return "taken"
    return "too_early" if _too_early(request, requested, due) else None


def _too_early(request: Book, requested: RequestedSlot, due: Due) -> bool:
    """Return True if the dose is not due on that day, or not at all."""
    if {due.dose, requested.dose} != {request.dose}:
        return True
    return due.since is not None and requested.start.date() < due.since
