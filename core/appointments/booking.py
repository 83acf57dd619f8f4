"""Taking a seat, and giving it back: one transaction each, with all that it owes."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

import msgspec

from core.appointments import booking_statements as sql
from core.appointments.history import hold_person, kept_of
from core.appointments.notices import reminder_keys
from core.appointments.requests import Attend, Book, Booked, Cancel, Cancelled, NotBookable, Screen
from core.appointments.rules import (
    Due,
    Gone,
    Kept,
    Kind,
    Person,
    Wanted,
    Why,
    agreed,
    due_for,
    owed,
    why_not,
)
from core.appointments.slots import facility_of
from core.campaign import Doses
from core.database.statements import Connection, stamp
from core.fields.timezones import local, moment
from core.messages import Channel
from core.outbox.message import Outgoing
from core.outbox.sms_bounds import HOME
from core.outbox.store import owe, withdraw
from core.outbox.withholding import owe_unasked
from core.registration.statements import TOUCH_RECORD


class Terms(NamedTuple):
    """What bookings are held to: the doses there are, and the countries that SMS go to."""

    doses: Doses
    countries: frozenset[str] = HOME


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
    connection: Connection, wish: Book, *, terms: Terms, code: str
) -> Booked | NotBookable | Gone:
    """Take the seat for the one before, if there is one; where it is gone, nothing changes.

    `code` is what the ticket bears.
    """
    person = hold_person(connection, wish.number)
    if person is None:
        return NotBookable(why="not_verified")
    if first := connection.one(sql.MADE_BY, key=wish.key):
        changed = _ended(connection, wish, person, "changed") is not None
        return Booked(appointment=kept_of(first).shown("booked"), changed=changed)
    wanted, due = _wanted(connection, wish), due_for(wish, person, terms.doses)
    why = _refused(connection, wish) or why_not(wish, person, wanted, due)
    if why or wanted is None or not _take(connection, wish, wanted, person):
        return _refuse(connection, wish, why or "taken", wanted, due)
    kept, kind = _make(connection, wish, wanted, person, code=code)
    _settle(connection, wish, person.id, terms, owed(wish, kept, person.phone, kind))
    return Booked(appointment=kept.shown("booked"), changed=kind == "changed")


def cancel(connection: Connection, wish: Cancel, *, terms: Terms) -> Cancelled:
    """Give the seat back, once."""
    person = hold_person(connection, wish.number)
    if person is None:
        return Cancelled(appointment=None)
    if first := _ended(connection, wish, person, "cancelled"):
        return Cancelled(appointment=first.shown("cancelled"))
    booked = person.ahead(moment(wish.at))
    if booked is None:
        return Cancelled(appointment=None)
    ended = replace(booked, sequence=booked.sequence + 1)
    _end(connection, wish, ended, "cancelled")
    connection.run(sql.GIVE_BACK, slot=booked.slot_id)
    messages = owed(wish, ended, person.phone, "cancelled")
    _settle(connection, wish, person.id, terms, messages)
    return Cancelled(appointment=booked.shown("cancelled"))


def attend(connection: Connection, wish: Attend) -> None:
    """Note what became of the appointment whose time has passed, if that is not known yet."""
    person = hold_person(connection, wish.number)
    past = None if person is None else person.past(moment(wish.at))
    if person is None or past is None:
        return
    _end(connection, wish, past, "attended" if wish.kept else "missed")
    connection.run(TOUCH_RECORD, record_id=person.id, at=stamp(moment(wish.at)))


def _ended(
    connection: Connection, wish: Book | Cancel, person: Person, status: str
) -> Kept | None:
    """Return the appointment that this same wish has ended so before."""
    row = connection.one(sql.ENDED_BY, record_id=person.id, key=wish.key, status=status)
    return None if row is None else kept_of(row)


def _wanted(connection: Connection, wish: Book) -> Wanted | None:
    row = connection.one(sql.SLOT, slot=wish.slot, number=wish.number)
    if row is None:
        return None
    slot, dose, start, *place = row
    facility = facility_of(tuple(place))
    return Wanted(slot, dose, local(datetime.fromisoformat(start), facility.zone), facility)


def _refused(connection: Connection, wish: Book) -> Why | None:
    """Return why this same wish was refused before: who was told so is not booked after all."""
    row = connection.one(sql.REFUSED, key=wish.key)
    return None if row is None else row[0]


def _refuse(
    connection: Connection, wish: Book, why: Why, wanted: Wanted | None, due: Due
) -> NotBookable | Gone:
    connection.run(sql.REFUSE, key=wish.key, why=why, at=stamp(moment(wish.at)))
    if why != "taken":
        return NotBookable(why=why)
    return Gone((wanted.facility, wanted.start) if wanted else None, due.since)


def _take(connection: Connection, wish: Book, wanted: Wanted, person: Person) -> bool:
    """Take the seat, and only then give back the one before."""
    before = person.ahead(moment(wish.at))
    if before is not None:
        if before.slot_id == wanted.slot_id:
            return True  # it stays theirs
        connection.all(sql.HOLD, slot=wanted.slot_id, other=before.slot_id)
    if not connection.run(sql.TAKE, slot=wanted.slot_id, now=stamp(moment(wish.at))):
        return False
    if before is not None:
        connection.run(sql.GIVE_BACK, slot=before.slot_id)
    return True


def _make(
    connection: Connection, wish: Book, wanted: Wanted, person: Person, *, code: str
) -> tuple[Kept, Kind]:
    """Make the appointment; say whether it is in the place of another."""
    at = moment(wish.at)
    changed = person.ahead(at) is not None
    if person.booked is not None:
        _end(connection, wish, person.booked, "changed" if changed else "missed")
    [(last,)] = connection.all(sql.SEQUENCE, record_id=person.id)
    kept = agreed(wish, person, wanted, code=code, sequence=last + 1)
    connection.run(
        sql.MAKE,
        record_id=kept.record_id,
        slot_id=kept.slot_id,
        dose=kept.dose,
        code=kept.code,
        sequence=kept.sequence,
        booked_by=kept.booked_by,
        at=stamp(at),
    )
    return kept, "changed" if changed else "booked"


def _end(connection: Connection, wish: Book | Cancel | Attend, kept: Kept, status: str) -> None:
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
    connection: Connection,
    wish: Book | Cancel,
    record_id: int,
    terms: Terms,
    messages: Iterable[Outgoing],
) -> None:
    """Owe the messages, and let the registry be told.

    An SMS to another address than the one that wrote is not what that phone has asked for.
    """
    for message in messages:
        if message.channel is not Channel.SMS or message.address == wish.address:
            owe(connection, message)
        else:
            owe_unasked(connection, message, record_id=record_id, countries=terms.countries)
    connection.run(TOUCH_RECORD, record_id=record_id, at=stamp(moment(wish.at)))
