"""Whom a closed day displaces, one person in a transaction: moved, or told to choose."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from core.appointments import booking_statements as booking
from core.appointments.closures import Closure
from core.appointments.contact import contact_of
from core.appointments.history import lock_person
from core.appointments.rules import BookedAppointment
from core.appointments.site_notices import WHAT_OF, Displaced, site_notices
from core.appointments.slots import SlotFilter, TimeWindow, first_slots
from core.appointments.views import OpenSlot
from core.database.statements import Connection, Statement, iso_utc
from core.outbox.message import Outgoing
from core.outbox.store import withdraw
from core.outbox.ticket import booking_keys
from core.outbox.withholding import enqueue_unasked
from core.registration.statements import TOUCH_RECORD

MOVE_DAYS_MAX: Final = 28  # after the closed day; a person whom no sooner seat suits chooses

_NEXT = Statement("""
    SELECT records.number, appointments.slot_id
    FROM slots
    JOIN appointments ON appointments.slot_id = slots.id
    JOIN records ON records.id = appointments.record_id
    WHERE slots.campaign = :campaign
      AND slots.facility_code = :facility
      AND slots.start >= :begins
      AND slots.start < :ends
      AND slots.closed = 1
      AND appointments.status = 'booked'
    ORDER BY slots.start, appointments.id
    LIMIT 1
""")
_DISPLACED = Statement("""
    INSERT INTO displaced (appointment_id, closure_id, record_id, key, moved)
    VALUES (:appointment, :closure, :record_id, :key, :moved)
""")


def displace_next(
    connection: Connection,
    closure: Closure,
    *,
    at: datetime,
    code: str,
    countries: frozenset[str],
) -> bool:
    """Move or tell the next person of the closed day; return False if nobody is left.

    `code` is the check code of a new ticket. A seat that another takes first is looked for again.
    """
    day = {"begins": closure.begins, "ends": closure.ends}
    here = {"campaign": closure.campaign, "facility": closure.facility_code, **day}
    row = connection.one(_NEXT, **here)
    if row is None:
        return False
    number, slot_id = row
    person = lock_person(connection, number)
    old = None if person is None else person.booked
    if person is None or old is None or old.slot_id != slot_id:
        return True  # the person was quicker
    seat = _free_seat(connection, closure, old, at) if closure.offer == "next_free" else None
    if seat is not None and not _take(connection, old.slot_id, seat.id, at):
        return True
    key = f"{closure.key}/{old.id}"
    new = None if seat is None else _new(old, seat, key=key, code=code)
    moved = Displaced(old, new, key, at)
    _displace(connection, closure.id, moved)
    for message in _messages(connection, closure.offer, moved):
        enqueue_unasked(connection, message, record_id=person.id, countries=countries)
    return True


def _free_seat(
    connection: Connection, closure: Closure, old: BookedAppointment, at: datetime
) -> OpenSlot | None:
    after = max(old.start, at)
    until = datetime.fromisoformat(closure.ends) + timedelta(days=MOVE_DAYS_MAX)
    window = TimeWindow(iso_utc(after), iso_utc(until))
    wanted = SlotFilter(closure.campaign, old.dose)
    found = first_slots(connection, old.facility, wanted, window, limit=1)
    return found[0] if found else None


def _take(connection: Connection, old: int, new: int, at: datetime) -> bool:
    connection.all(booking.LOCK_SLOTS, slot=new, other=old)
    return bool(connection.run(booking.TAKE, slot=new, now=iso_utc(at)))


def _new(old: BookedAppointment, seat: OpenSlot, *, key: str, code: str) -> BookedAppointment:
    return replace(
        old,
        status="booked",
        code=code,
        sequence=old.sequence + 1,
        booked_by=key,
        slot_id=seat.id,
        start=seat.start,
    )


def _displace(connection: Connection, closure_id: int, displaced: Displaced) -> None:
    """End the appointment, give its seat back and its reminders up, and make the new one."""
    old, new, key, now = displaced.old, displaced.new, displaced.key, iso_utc(displaced.at)
    status = "cancelled_by_site" if new is None else "moved_by_site"
    sequence = old.sequence + (new is None)
    ended = {"status": status, "key": key, "at": now}
    connection.run(booking.END, row_id=old.id, sequence=sequence, **ended)
    connection.run(booking.GIVE_BACK, slot=old.slot_id)
    withdraw(connection, booking_keys(old.booked_by))
    if new is not None:
        values = {name: getattr(new, name) for name in booking.MADE_COLUMNS}
        connection.run(booking.MAKE, **values, at=now)
    about = {"closure": closure_id, "appointment": old.id, "record_id": old.record_id}
    connection.run(_DISPLACED, key=f"{key}/ticket", moved=int(new is not None), **about)
    connection.run(TOUCH_RECORD, record_id=old.record_id, at=now)


def _messages(connection: Connection, offer: str, moved: Displaced) -> Iterator[Outgoing]:
    what = "site_moved" if moved.new is not None else WHAT_OF.get(offer, "site_choose")
    return site_notices(contact_of(connection, moved.old.record_id), moved, what)
