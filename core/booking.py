"""Taking a seat, and giving it back: one transaction each, with all that it owes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Literal, NamedTuple

import msgspec

from core import booking_statements as sql
from core.campaign import Doses
from core.conversation.session import Book, Cancel, Screen
from core.conversation.talk import at as moment
from core.eligibility import Due, next_due
from core.histories import Kept, kept_of, postponed, read_history, read_screened
from core.outbox import owe, withdraw
from core.owing import Owing, owed_messages, reminder_keys
from core.places import Facility
from core.slots import facility_of
from core.standing import Booked, Cancelled, NotBookable
from core.statements import Connection, Plain, stamp
from core.ticket import Ticket
from core.zones import local, zone_of

VERIFIED: Final = "verified"

Kind = Literal["booked", "changed", "cancelled"]


class Gone(NamedTuple):
    """The seat is not to be had. `wanted` is where and when it was, `since` the first day due."""

    wanted: tuple[Facility, datetime] | None = None
    since: date | None = None


class _Wanted(NamedTuple):
    slot: int
    dose: int
    start: datetime
    facility: Facility

    def is_before(self, since: date | None) -> bool:
        """Say whether it is earlier than the first day on which the dose is due."""
        return since is not None and self.start.date() < since


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """Who books, as they are on file. `booked` is the appointment not known to have ended."""

    id: int
    campaign: str
    status: str
    phone: str | None = field(repr=False)
    today: date
    history: Sequence[Kept]

    @property
    def booked(self) -> Kept | None:
        return next((kept for kept in self.history if kept.status == "booked"), None)


def screen(connection: Connection, wish: Screen) -> None:
    """Keep the answers, unless their key is kept already."""
    connection.run(
        sql.SCREEN,
        key=wish.key,
        number=wish.number,
        version=wish.version,
        answers=msgspec.json.encode(wish.answers).decode(),
        outcome=wish.outcome,
        until=wish.until,
        at=stamp(moment(wish.at)),
    )


def book(
    connection: Connection, wish: Book, *, doses: Doses, code: str
) -> Booked | NotBookable | Gone:
    """Take the seat for the one before, if there is one; where it is gone, nothing changes."""
    person = _person(connection, wish)
    if person is not None and (first := connection.one(sql.MADE_BY, key=wish.key)):
        return _first_result(connection, wish, kept_of(first))
    if person is None or person.status != VERIFIED:
        return NotBookable(why="not_verified")
    if _keeps_another(wish, person.booked):
        return NotBookable(why="other_appointment")
    wanted = _wanted(connection, wish, person)
    if wanted is None:
        return Gone()
    due = _due(connection, wish, person, doses)
    if {due.dose, wanted.dose} != {wish.dose} or wanted.is_before(due.since):
        return NotBookable(why="too_early")
    if not _take(connection, wish, wanted, person.booked):
        return Gone((wanted.facility, wanted.start), due.since)
    return _make(connection, wish, wanted, person, code=code)


def cancel(connection: Connection, wish: Cancel) -> Cancelled:
    """Give the seat back, once."""
    person = _person(connection, wish)
    if person is None:
        return Cancelled(appointment=None)
    if first := connection.one(sql.ENDED_BY, **_ended(wish, person.id, "cancelled")):
        return Cancelled(appointment=kept_of(first).shown("cancelled"))
    booked = person.booked
    if booked is None or booked.start <= moment(wish.at):
        return Cancelled(appointment=None)
    ended = replace(booked, sequence=booked.sequence + 1)
    _end(connection, wish, ended, "cancelled")
    connection.run(sql.GIVE_BACK, slot=booked.slot_id)
    _settle(connection, wish, person, ended, "cancelled")
    return Cancelled(appointment=booked.shown("cancelled"))


def _person(connection: Connection, wish: Book | Cancel) -> _Person | None:
    row = connection.one(sql.WHO, number=wish.number)
    if row is None:
        return None
    this, campaign, status, phone, nik = row
    return _Person(
        id=this,
        campaign=campaign,
        status=status,
        phone=phone,
        today=local(moment(wish.at), zone_of(nik)).date(),
        history=read_history(connection, [this]),
    )


def _first_result(connection: Connection, wish: Book, kept: Kept) -> Booked:
    ended = _ended(wish, kept.record_id, "changed")
    changed = connection.one(sql.ENDED_BY, **ended) is not None
    return Booked(appointment=kept.shown("booked"), changed=changed)


def _keeps_another(wish: Book, booked: Kept | None) -> bool:
    """Say whether there is an appointment that this wish says nothing of."""
    if booked is None or wish.changes:
        return False
    return booked.start > moment(wish.at) or not wish.missed


def _wanted(connection: Connection, wish: Book, person: _Person) -> _Wanted | None:
    row = connection.one(sql.SLOT, slot=wish.slot, campaign=person.campaign)
    if row is None:
        return None
    slot, dose, start, *place = row
    facility = facility_of(tuple(place))
    return _Wanted(slot, dose, local(datetime.fromisoformat(start), facility.zone), facility)


def _due(connection: Connection, wish: Book, person: _Person, doses: Doses) -> Due:
    screened = read_screened(connection, [person.id]).get(person.id)
    return next_due(
        (kept.visit for kept in person.history),
        doses,
        at=moment(wish.at),
        postponed=postponed(screened, person.today),
        missed=_passed_as(wish) == "missed",
    )


def _passed_as(wish: Book) -> str:
    """Return what became of an appointment whose time has passed.

    Who was still about to change it when its time came has not kept it.
    """
    return "attended" if wish.missed == "no" else "missed"


def _take(connection: Connection, wish: Book, wanted: _Wanted, booked: Kept | None) -> bool:
    """Take the seat, and only then give back the one that is changed for it."""
    changed = booked is not None and booked.start > moment(wish.at)
    if booked is not None and changed:
        if booked.slot_id == wanted.slot:
            return True  # it stays theirs
        connection.all(sql.HOLD, slot=wanted.slot, other=booked.slot_id)
    if not connection.run(sql.TAKE, slot=wanted.slot, now=stamp(moment(wish.at))):
        return False
    if booked is not None and changed:
        connection.run(sql.GIVE_BACK, slot=booked.slot_id)
    return True


def _make(
    connection: Connection, wish: Book, wanted: _Wanted, person: _Person, *, code: str
) -> Booked:
    booked, at = person.booked, moment(wish.at)
    changed = booked is not None and booked.start > at
    if booked is not None:
        _end(connection, wish, booked, "changed" if changed else _passed_as(wish))
    [(last,)] = connection.all(sql.SEQUENCE, record_id=person.id)
    kept = Kept(
        id=0,
        record_id=person.id,
        status="booked",
        dose=wanted.dose,
        code=code,
        sequence=last + 1,
        booked_by=wish.key,
        slot_id=wanted.slot,
        start=wanted.start,
        facility=wanted.facility,
    )
    connection.run(
        sql.MAKE,
        record_id=person.id,
        slot_id=kept.slot_id,
        dose=kept.dose,
        code=code,
        sequence=kept.sequence,
        booked_by=wish.key,
        at=stamp(at),
    )
    _settle(connection, wish, person, kept, "changed" if changed else "booked")
    return Booked(appointment=kept.shown("booked"), changed=changed)


def _end(connection: Connection, wish: Book | Cancel, kept: Kept, status: str) -> None:
    connection.run(
        sql.END,
        this=kept.id,
        status=status,
        key=wish.key,
        sequence=kept.sequence,
        at=stamp(moment(wish.at)),
    )
    withdraw(connection, reminder_keys(kept.booked_by))


def _settle(
    connection: Connection, wish: Book | Cancel, person: _Person, kept: Kept, kind: Kind
) -> None:
    """Owe the messages, and let the registry be told."""
    at, place = moment(wish.at), kept.facility
    ticket = Ticket(
        number=wish.number,
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
    owing = Owing(wish=wish, at=at, ticket=ticket, phone=person.phone, zone=place.zone)
    for message in owed_messages(owing):
        owe(connection, message)
    connection.run(sql.TOUCH, record_id=person.id, at=stamp(at))


def _ended(wish: Book | Cancel, record_id: int, status: str) -> dict[str, Plain]:
    return {"record_id": record_id, "key": wish.key, "status": status}
