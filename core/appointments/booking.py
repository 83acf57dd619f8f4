"""Taking a seat and giving it back, each in one transaction with its messages."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import msgspec

from core.appointments import booking_statements as sql
from core.appointments.history import appointment_of, lock_person
from core.appointments.notices import notices_for
from core.appointments.requests import Attend, Book, Booked, Cancel, Cancelled, NotBookable, Screen
from core.appointments.rules import (
    BookedAppointment,
    Due,
    Kind,
    Person,
    RequestedSlot,
    SlotUnavailable,
    Why,
    why_not,
)
from core.appointments.slots import facility_of
from core.database.statements import Connection, iso_utc
from core.fields.timezones import local, moment
from core.messages import Channel
from core.outbox.message import Outgoing
from core.outbox.store import enqueue, withdraw
from core.outbox.ticket import booking_keys
from core.outbox.withholding import enqueue_unasked
from core.registration.statements import TOUCH_RECORD
from core.registration.terms import Terms


def screen(connection: Connection, request: Screen) -> None:
    """Store the answers, unless their key is stored already."""
    connection.run(
        sql.SCREEN,
        key=request.key,
        number=request.number,
        version=request.version,
        answers=msgspec.json.encode(request.answers).decode(),
        outcome=request.outcome,
        until=request.until,
        at=iso_utc(moment(request.at)),
    )


def book(
    connection: Connection, request: Book, *, terms: Terms, code: str
) -> Booked | NotBookable | SlotUnavailable:
    """Take the seat and give the one before back; if it is taken, nothing changes.

    `code` is the check code of the ticket. The same request again gets the same result.
    """
    person = lock_person(connection, request.number)
    if person is None:
        return NotBookable(why="not_verified")
    if first := connection.one(sql.MADE_BY, key=request.key):
        changed = _ended(connection, request, person, "changed") is not None
        return Booked(appointment=appointment_of(first).shown("booked"), changed=changed)
    requested = _requested_slot(connection, request)
    due = person.due(terms.doses, moment(request.at), missed=True)  # while changing: not attended
    why = _earlier_refusal(connection, request) or why_not(
        request, person, requested, due, terms.screening
    )
    if why or requested is None or not _take(connection, request, requested, person):
        return _refuse(connection, request, why or "taken", requested, due)
    appointment, kind = _make(connection, request, requested, person, code=code)
    messages = notices_for(request, appointment, person.phone, kind)
    _settle(connection, request, person.id, terms, messages)
    return Booked(appointment=appointment.shown("booked"), changed=kind == "changed")


def cancel(connection: Connection, request: Cancel, *, terms: Terms) -> Cancelled:
    """Give the seat back, once."""
    person = lock_person(connection, request.number)
    if person is None:
        return Cancelled(appointment=None)
    if first := _ended(connection, request, person, "cancelled"):
        return Cancelled(appointment=first.shown("cancelled"))
    booked = person.ahead(moment(request.at))
    if booked is None:
        return Cancelled(appointment=None)
    ended = replace(booked, sequence=booked.sequence + 1)
    _end(connection, request, ended, "cancelled")
    connection.run(sql.GIVE_BACK, slot=booked.slot_id)
    messages = notices_for(request, ended, person.phone, "cancelled")
    _settle(connection, request, person.id, terms, messages)
    return Cancelled(appointment=booked.shown("cancelled"))


def attend(connection: Connection, request: Attend) -> None:
    """Note whether the person attended the appointment that has passed, if that is unknown."""
    person = lock_person(connection, request.number)
    past = None if person is None else person.past(moment(request.at))
    if person is None or past is None:
        return
    _end(connection, request, past, "attended" if request.kept else "missed")
    connection.run(TOUCH_RECORD, record_id=person.id, at=iso_utc(moment(request.at)))


def _ended(
    connection: Connection, request: Book | Cancel, person: Person, status: str
) -> BookedAppointment | None:
    """Return the appointment that this same request ended before, with that status."""
    row = connection.one(sql.ENDED_BY, record_id=person.id, key=request.key, status=status)
    return None if row is None else appointment_of(row)


def _requested_slot(connection: Connection, request: Book) -> RequestedSlot | None:
    row = connection.one(sql.SLOT, slot=request.slot, number=request.number)
    if row is None:
        return None
    slot, dose, start, *place = row
    facility = facility_of(tuple(place))
    return RequestedSlot(slot, dose, local(datetime.fromisoformat(start), facility.zone), facility)


def _earlier_refusal(connection: Connection, request: Book) -> Why | None:
    """Return why this same request was refused before: it is not booked after all."""
    row = connection.one(sql.REFUSED, key=request.key)
    return None if row is None else row[0]


def _refuse(
    connection: Connection, request: Book, why: Why, requested: RequestedSlot | None, due: Due
) -> NotBookable | SlotUnavailable:
    connection.run(sql.REFUSE, key=request.key, why=why, at=iso_utc(moment(request.at)))
    if why != "taken":
        return NotBookable(why=why)
    return SlotUnavailable((requested.facility, requested.start) if requested else None, due.since)


def _take(connection: Connection, request: Book, requested: RequestedSlot, person: Person) -> bool:
    """Take the seat, then give back the one before; return False if none is left."""
    before = person.ahead(moment(request.at))
    if before is not None:
        if before.slot_id == requested.slot_id:
            return True  # they keep the seat
        connection.all(sql.LOCK_SLOTS, slot=requested.slot_id, other=before.slot_id)
    if not connection.run(sql.TAKE, slot=requested.slot_id, now=iso_utc(moment(request.at))):
        return False
    if before is not None:
        connection.run(sql.GIVE_BACK, slot=before.slot_id)
    return True


def _make(
    connection: Connection, request: Book, requested: RequestedSlot, person: Person, *, code: str
) -> tuple[BookedAppointment, Kind]:
    """Store the appointment; return it, and whether it replaces another."""
    at = moment(request.at)
    changed = person.ahead(at) is not None
    if person.booked is not None:
        _end(connection, request, person.booked, "changed" if changed else "missed")
    [(last,)] = connection.all(sql.SEQUENCE, record_id=person.id)
    appointment = BookedAppointment(
        id=0,
        record_id=person.id,
        status="booked",
        dose=requested.dose,
        code=code,
        sequence=last + 1,
        booked_by=request.key,
        slot_id=requested.slot_id,
        start=requested.start,
        facility=requested.facility,
    )
    values = {name: getattr(appointment, name) for name in sql.MADE_COLUMNS}
    connection.run(sql.MAKE, **values, at=iso_utc(at))
    return appointment, "changed" if changed else "booked"


def _end(
    connection: Connection, request: Book | Cancel | Attend, booked: BookedAppointment, status: str
) -> None:
    connection.run(
        sql.END,
        row_id=booked.id,
        status=status,
        key=request.key,
        sequence=booked.sequence,
        at=iso_utc(moment(request.at)),
    )
    withdraw(connection, booking_keys(booked.booked_by))


def _settle(
    connection: Connection,
    request: Book | Cancel,
    record_id: int,
    terms: Terms,
    messages: Iterable[Outgoing],
) -> None:
    """Queue the messages, and mark the record as changed for the feed.

    An SMS to another address than the one that wrote counts as unasked.
    """
    for message in messages:
        if message.channel is not Channel.SMS or message.address == request.address:
            enqueue(connection.of_record(record_id), message)
        else:
            enqueue_unasked(connection, message, record_id=record_id, countries=terms.countries)
    connection.run(TOUCH_RECORD, record_id=record_id, at=iso_utc(moment(request.at)))
