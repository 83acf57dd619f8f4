"""Who comes without an appointment: a free seat of the running hour, or an extra one."""

from datetime import datetime
from typing import Literal, NamedTuple

from core.appointments import booking_statements as booking
from core.appointments.day import DayOf, is_closed
from core.appointments.history import lock_person
from core.appointments.rules import VERIFIED, Due, Person
from core.appointments.schedule import lock_facility
from core.campaign import Doses
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import local
from core.outbox.store import withdraw
from core.outbox.ticket import booking_keys
from core.registration.statements import TOUCH_RECORD

Why = Literal["unknown", "not_verified", "too_early", "complete", "closed", "on_the_list"]

# The running hour: the last that has begun, or else the first to come.
_SLOT = Statement("""
    SELECT id
    FROM slots
    WHERE campaign = :campaign
      AND facility_code = :facility
      AND dose = :dose
      AND start >= :begins
      AND start < :ends
    ORDER BY
        CASE WHEN start <= :at THEN 0 ELSE 1 END,
        CASE WHEN start <= :at THEN start END DESC,
        start
    LIMIT 1
""")
_MAKE_SLOT = Statement("""
    INSERT INTO slots (campaign, facility_code, start, dose, capacity)
    VALUES (:campaign, :facility, :start, :dose, 0)
    ON CONFLICT (campaign, facility_code, dose, start) DO UPDATE SET capacity = slots.capacity
    RETURNING id
""")
_SEAT = Statement("""
    UPDATE slots
    SET booked = booked + 1,
        capacity = CASE WHEN booked < capacity THEN capacity ELSE booked + 1 END
    WHERE id = :slot
""")
_MADE_BY = Statement("SELECT dose FROM appointments WHERE booked_by = :key")
_MARK = Statement("UPDATE appointments SET walk_in = 1 WHERE booked_by = :key")


class Arrival(NamedTuple):
    """Somebody is at the site; `code` is the check code of the appointment that is made."""

    day: DayOf
    number: str
    key: str
    at: datetime
    code: str


class Seated(NamedTuple):
    """The person has a seat now."""

    number: str
    dose: int


class NotSeated(NamedTuple):
    """The person has none.

    `not_verified` may not be vaccinated (yet), `too_early` not before another day, `complete` not
    again. `closed`: the day is. `on_the_list`: there is an appointment here today.
    """

    why: Why


def seat_walk_in(connection: Connection, arrival: Arrival, doses: Doses) -> Seated | NotSeated:
    """Book the running hour for the person; an appointment elsewhere is given back for it."""
    lock_facility(connection, arrival.day.facility.code)
    person = lock_person(connection, arrival.number)
    if made := connection.one(_MADE_BY, key=arrival.key):
        return Seated(arrival.number, made[0])
    if person is None:
        return NotSeated("unknown")
    due = person.due(doses, arrival.at, missed=True)
    if why := _why_not(connection, arrival, person, due):
        return NotSeated(why)
    slot_id = _slot(connection, arrival, due.dose)
    _give_up(connection, arrival, person, slot_id)
    connection.run(_SEAT, slot=slot_id)
    _make(connection, arrival, person.id, slot_id, due.dose)
    connection.run(TOUCH_RECORD, record_id=person.id, at=iso_utc(arrival.at))
    return Seated(arrival.number, due.dose)


def _why_not(connection: Connection, arrival: Arrival, person: Person, due: Due) -> Why | None:
    today = arrival.day.day
    here = person.booked is not None and person.booked.facility == arrival.day.facility
    reasons: tuple[tuple[bool, Why], ...] = (
        (person.status != VERIFIED, "not_verified"),
        (
            here and person.booked is not None and person.booked.start.date() == today,
            "on_the_list",
        ),
        (not due.dose, "complete"),
        (due.since is not None and due.since > today, "too_early"),
        (is_closed(connection, arrival.day), "closed"),
    )
    return next((why for holds, why in reasons if holds), None)


def _slot(connection: Connection, arrival: Arrival, dose: int) -> int:
    """Return the slot of the running hour, made without seats if there is none today."""
    at = iso_utc(arrival.at)
    if row := connection.one(_SLOT, **arrival.day.bounds, dose=dose, at=at):
        return int(row[0])
    hour = local(arrival.at, arrival.day.facility.zone).replace(minute=0, second=0, microsecond=0)
    here = {"campaign": arrival.day.campaign, "facility": arrival.day.facility.code}
    [(slot_id,)] = connection.all(_MAKE_SLOT, **here, dose=dose, start=iso_utc(hour))
    return int(slot_id)


def _give_up(connection: Connection, arrival: Arrival, person: Person, slot_id: int) -> None:
    """Give back the seat that the person has elsewhere, or on another day."""
    before = person.booked
    if before is None:
        return
    connection.all(booking.LOCK_SLOTS, slot=slot_id, other=before.slot_id)
    ahead = before.start > arrival.at
    ended = {"status": "changed" if ahead else "missed", "key": arrival.key}
    at = iso_utc(arrival.at)
    connection.run(booking.END, row_id=before.id, sequence=before.sequence, at=at, **ended)
    if ahead:
        connection.run(booking.GIVE_BACK, slot=before.slot_id)
    withdraw(connection, booking_keys(before.booked_by))


def _make(
    connection: Connection, arrival: Arrival, record_id: int, slot_id: int, dose: int
) -> None:
    [(last,)] = connection.all(booking.SEQUENCE, record_id=record_id)
    own = {"record_id": record_id, "slot_id": slot_id, "dose": dose, "sequence": last + 1}
    by = {"status": "booked", "code": arrival.code, "booked_by": arrival.key}
    connection.run(booking.MAKE, at=iso_utc(arrival.at), **own, **by)
    connection.run(_MARK, key=arrival.key)
