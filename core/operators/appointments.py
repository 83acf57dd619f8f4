"""Facilities, their slots and people's appointments, as an operator sees them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.appointments.history import APPOINTMENTS, appointment_of
from core.appointments.slots import FACILITY, facility_of, read_facility
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import local
from core.operators.views import AppointmentView, FacilityView, SlotView

FACILITIES_SHOWN_MAX: Final = 20_000
SLOTS_SHOWN_MAX: Final = 5_000  # of one facility, the newest

_NEWEST = Statement(f"""
    {APPOINTMENTS}
    WHERE appointments.record_id = :record_id
      AND appointments.status <> 'changed'
    ORDER BY CASE WHEN appointments.status = 'booked' THEN 0 ELSE 1 END, appointments.id DESC
    LIMIT 1
""")
_FACILITIES = Statement(
    "SELECT {facility} FROM facilities ORDER BY code LIMIT :limit", facility=FACILITY
)
_SLOTS = Statement("""
    SELECT start, capacity, booked, dose
    FROM slots
    WHERE facility_code = :facility
    ORDER BY start DESC, dose DESC
    LIMIT :limit
""")
_ANY_FACILITY = Statement("SELECT code FROM facilities WHERE demo = 0 LIMIT 1")
_ANY_SEAT = Statement("""
    SELECT id
    FROM slots
    WHERE campaign = :campaign
      AND booked < capacity
      AND start > :now
    LIMIT 1
""")


def has_openings(connection: Connection, campaign: str, now: datetime) -> tuple[bool, bool]:
    """Return whether there is a facility (demo ones excluded), and whether any seat is free."""
    seat = connection.one(_ANY_SEAT, campaign=campaign, now=iso_utc(now))
    return connection.one(_ANY_FACILITY) is not None, seat is not None


def newest_appointment(connection: Connection, record_id: int) -> AppointmentView | None:
    """Return the live appointment of a record, or else its last one."""
    row = connection.one(_NEWEST, record_id=record_id)
    if row is None:
        return None
    appointment = appointment_of(row)
    return AppointmentView(
        facility_code=appointment.facility.code,
        facility_name=appointment.facility.name,
        start=appointment.start,
        dose=appointment.dose,
        status=appointment.status,
    )


def list_facilities(connection: Connection) -> Sequence[FacilityView]:
    """Return all facilities, by code."""
    found = map(facility_of, connection.all(_FACILITIES, limit=FACILITIES_SHOWN_MAX))
    return [FacilityView.model_validate(one, from_attributes=True) for one in found]


def list_slots(connection: Connection, code: str) -> Sequence[SlotView] | None:
    """Return the newest slots of a facility, earliest first; None if there is no such facility."""
    facility = read_facility(connection, code)
    if facility is None:
        return None
    rows = connection.all(_SLOTS, facility=code, limit=SLOTS_SHOWN_MAX)[::-1]
    return [
        SlotView(
            start=local(datetime.fromisoformat(start), facility.zone),
            capacity=capacity,
            booked=booked,
            dose=dose,
        )
        for start, capacity, booked, dose in rows
    ]
