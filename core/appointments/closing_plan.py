"""What closing a day would do to each person: read before it is done, and changed by nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from core.appointments.closures import Offer
from core.appointments.contact import Contact, contacts_of
from core.appointments.day import ENTRIES_MAX, DayOf
from core.appointments.displacing import MOVE_DAYS_MAX
from core.appointments.history import APPOINTMENTS, appointment_of
from core.appointments.rules import BookedAppointment
from core.appointments.site_notices import WHAT_OF, What
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import local

_BOOKED = Statement(f"""
    {APPOINTMENTS}
    WHERE slots.campaign = :campaign
      AND slots.facility_code = :facility
      AND slots.start >= :begins
      AND slots.start < :ends
      AND slots.start > :at
      AND appointments.status = 'booked'
    ORDER BY slots.start, appointments.id
    LIMIT :limit
""")
_FREE = Statement("""
    SELECT id, start, capacity - booked
    FROM slots
    WHERE campaign = :campaign
      AND facility_code = :facility
      AND dose = :dose
      AND booked < capacity
      AND start > :after
      AND start < :before
    ORDER BY start
    LIMIT :limit
""")


class Planned(NamedTuple):
    """One person of the day: the appointment, the one instead, if any, and what is said."""

    contact: Contact
    old: BookedAppointment
    new: BookedAppointment | None
    what: What


def plan_closing(
    connection: Connection, day: DayOf, offer: Offer, at: datetime
) -> Sequence[Planned]:
    """Return what would become of everybody booked that day, at most `ENTRIES_MAX`."""
    rows = connection.all(_BOOKED, **day.bounds, at=iso_utc(at), limit=ENTRIES_MAX)
    booked = [appointment_of(row) for row in rows]
    doses = {one.dose for one in booked} if offer == "next_free" else set[int]()
    free = {dose: _free(connection, day, dose) for dose in doses}
    contacts = contacts_of(connection, (one.record_id for one in booked))
    return [_planned(contacts[old.record_id], old, offer, free) for old in booked]


def _planned(
    contact: Contact,
    old: BookedAppointment,
    offer: Offer,
    free: dict[int, Iterator[tuple[int, datetime]]],
) -> Planned:
    seat = next(free.get(old.dose, iter(())), None)
    if seat is None:
        return Planned(contact, old, None, WHAT_OF.get(offer, "site_choose"))
    return Planned(contact, old, replace(old, slot_id=seat[0], start=seat[1]), "site_moved")


def _free(connection: Connection, day: DayOf, dose: int) -> Iterator[tuple[int, datetime]]:
    """Yield each free seat that people may be moved to, in order."""
    ends = datetime.fromisoformat(day.bounds["ends"])
    window = {
        "after": iso_utc(ends - timedelta(microseconds=1)),
        "before": iso_utc(ends + timedelta(days=MOVE_DAYS_MAX)),
    }
    here = {"campaign": day.campaign, "facility": day.facility.code}
    for slot_id, start, seats in connection.all(
        _FREE, **here, **window, dose=dose, limit=ENTRIES_MAX
    ):
        begins = local(datetime.fromisoformat(start), day.facility.zone)
        yield from ((slot_id, begins) for _ in range(seats))
