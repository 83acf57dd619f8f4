"""Which dose is due, who may have which seat, and what a booking ends and owes. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from core.appointments.facility import Facility
from core.appointments.notices import NoticeContext, booking_notices
from core.appointments.requests import Appointment, Book, Cancel, LookUp
from core.campaign import Doses
from core.fields.timezones import local, moment, zone_of
from core.outbox.message import Outgoing
from core.outbox.ticket import Ticket

VERIFIED: Final = "verified"  # who may book

Status = Literal["booked", "cancelled", "attended", "missed"]
Kind = Literal["booked", "changed", "cancelled"]
Why = Literal["taken", "not_verified", "too_early", "other_appointment"]


class PriorAppointment(NamedTuple):
    """An appointment as it counts for the next; `start` bears the facility's own offset."""

    start: datetime
    dose: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The dose that may be booked, 0 when none is left, and the first day on which it may be."""

    dose: int
    since: date | None = None


def next_due(
    visits: Iterable[PriorAppointment],
    doses: Doses,
    *,
    at: datetime,
    postponed: date | None = None,
    missed: bool = False,
) -> Due:
    """Return what is due next after these visits.

    One whose time has passed counts as kept until somebody knows better; `missed` says so.
    """
    had = [visit for visit in visits if _was_had(visit, at, missed=missed)]
    dose = max((visit.dose for visit in had), default=0) + 1
    if dose > doses.count:
        return Due(dose=0)
    interval = timedelta(days=doses.interval_days)
    days = [visit.start.date() + interval for visit in had]
    return Due(dose=dose, since=max([*days, *([postponed] if postponed else [])], default=None))


def _was_had(visit: PriorAppointment, at: datetime, *, missed: bool) -> bool:
    if visit.status == "booked":
        return visit.start <= at and not missed
    return visit.status == "attended"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedAppointment:
    """An appointment as it is kept. `start` bears the facility's own offset."""

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

    @property
    def visit(self) -> PriorAppointment:
        """Return how it counts for the next one."""
        return PriorAppointment(self.start, self.dose, self.status)

    def shown(self, status: Status) -> Appointment:
        """Return it as its person is shown it."""
        return Appointment(
            place=self.facility.place(), start=self.start, dose=self.dose, status=status
        )


class Screened(NamedTuple):
    """The last answers that a person gave to the screening questions, and their outcome."""

    version: str
    outcome: str
    until: date | None
    at: datetime

    def holds(self, request: LookUp) -> bool:
        """Say whether they still stand for answers to the campaign's present questions."""
        oldest = moment(request.at) - timedelta(days=request.valid_days)
        return (self.version, self.outcome) == (request.version, "proceed") and self.at >= oldest


class RequestedSlot(NamedTuple):
    """The slot that a person would have. `start` bears the facility's own offset."""

    slot_id: int
    dose: int
    start: datetime
    facility: Facility


class SlotUnavailable(NamedTuple):
    """The seat is not to be had. `wanted` is where and when it was, `since` the first day due."""

    requested: tuple[Facility, datetime] | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One registration, with the appointments that were not called off, oldest first."""

    id: int
    nik: str = field(repr=False)
    status: str
    phone: str | None = field(repr=False)
    history: Sequence[BookedAppointment]
    screened: Screened | None

    @property
    def booked(self) -> BookedAppointment | None:
        """Return the appointment that has not ended, as far as anybody knows."""
        return next((kept for kept in self.history if kept.status == "booked"), None)

    def ahead(self, at: datetime) -> BookedAppointment | None:
        """Return the appointment whose time is still to come."""
        return self.booked if self.booked is not None and self.booked.start > at else None

    def past(self, at: datetime) -> BookedAppointment | None:
        """Return the appointment whose time has passed with nothing known of it."""
        return self.booked if self.booked is not None and self.booked.start <= at else None

    def postponed(self, at: datetime) -> date | None:
        """Return the day until which the person is put off, while it lies ahead."""
        until = self.screened.until if self.screened else None
        today = local(at, zone_of(self.nik)).date()
        return until if until is not None and until > today else None

    def due(self, doses: Doses, at: datetime, *, missed: bool = False) -> Due:
        """Return what may be booked next."""
        visits = (kept.visit for kept in self.history)
        return next_due(visits, doses, at=at, postponed=self.postponed(at), missed=missed)


def due_for(request: Book, person: Person, doses: Doses) -> Due:
    """Return what is due for somebody who books.

    Who was still about to change an appointment when its time came has not kept it.
    """
    return person.due(doses, moment(request.at), missed=True)


def why_not(
    request: Book, person: Person, requested: RequestedSlot | None, due: Due
) -> Why | None:
    """Return why this person may not have what they want, if so."""
    if person.status != VERIFIED:
        return "not_verified"
    if person.booked is not None and not request.changes:
        return "other_appointment"
    if requested is None:
        return "taken"
    return "too_early" if _too_early(request, requested, due) else None


def _too_early(request: Book, requested: RequestedSlot, due: Due) -> bool:
    """Say whether the dose is not due on that day, or not at all."""
    if {due.dose, requested.dose} != {request.dose}:
        return True
    return due.since is not None and requested.start.date() < due.since


def new_appointment(
    request: Book, person: Person, requested: RequestedSlot, *, code: str, sequence: int
) -> BookedAppointment:
    """Return the appointment that is made."""
    return BookedAppointment(
        id=0,
        record_id=person.id,
        status="booked",
        dose=requested.dose,
        code=code,
        sequence=sequence,
        booked_by=request.key,
        slot_id=requested.slot_id,
        start=requested.start,
        facility=requested.facility,
    )


def notices_for(
    request: Book | Cancel, kept: BookedAppointment, phone: str | None, kind: Kind
) -> Iterator[Outgoing]:
    """Yield the messages that are owed of it."""
    place = kept.facility
    ticket = Ticket(
        number=request.number,
        code=kept.code,
        kind=kind,
        facility_name=place.name,
        facility_address=place.address,
        start=kept.start,
        dose=kept.dose,
        sequence=kept.sequence,
        latitude=place.latitude,
        longitude=place.longitude,
    )
    at = moment(request.at)
    return booking_notices(
        NoticeContext(request=request, at=at, ticket=ticket, phone=phone, zone=place.zone)
    )
