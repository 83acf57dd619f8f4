"""What the operator is shown of facilities, their slots, and people's appointments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import case, select

from core.appointments.history import KEPT, kept_of
from core.appointments.slots import FACILITY, facility_of, read_facility
from core.database.statements import Connection, Statement, given, stamp
from core.database.tables import appointments, facilities, slots
from core.fields.timezones import local
from core.operators.views import AppointmentView, FacilityView, SlotView

FACILITIES_SHOWN_MAX: Final = 20_000
SLOTS_SHOWN_MAX: Final = 5_000  # of one facility, the newest

_live_first = case((appointments.c.status == "booked", 0), else_=1)
_NEWEST = Statement(
    KEPT.where(appointments.c.record_id == given("record_id"), appointments.c.status != "changed")
    .order_by(_live_first, appointments.c.id.desc())
    .limit(1)
)
_FACILITIES = Statement(select(*FACILITY).order_by(facilities.c.code).limit(FACILITIES_SHOWN_MAX))
_SLOTS = Statement(
    select(slots.c.start, slots.c.capacity, slots.c.booked, slots.c.dose)
    .where(slots.c.facility_code == given("facility"))
    .order_by(slots.c.start.desc(), slots.c.dose.desc())
    .limit(SLOTS_SHOWN_MAX)
)
_ANY_FACILITY = Statement(select(facilities.c.code).where(facilities.c.demo == 0).limit(1))
_ANY_SEAT = Statement(
    select(slots.c.id)
    .where(
        slots.c.campaign == given("campaign"),
        slots.c.booked < slots.c.capacity,
        slots.c.start > given("now"),
    )
    .limit(1)
)


def has_openings(connection: Connection, campaign: str, now: datetime) -> tuple[bool, bool]:
    """Say whether there is a facility, demo ones apart, and whether any seat is free from now."""
    seat = connection.one(_ANY_SEAT, campaign=campaign, now=stamp(now))
    return connection.one(_ANY_FACILITY) is not None, seat is not None


def newest_appointment(connection: Connection, record_id: int) -> AppointmentView | None:
    """Return the live appointment of a record, or the last one that it had."""
    row = connection.one(_NEWEST, record_id=record_id)
    if row is None:
        return None
    kept = kept_of(row)
    return AppointmentView(
        facility_code=kept.facility.code,
        facility_name=kept.facility.name,
        start=kept.start,
        dose=kept.dose,
        status=kept.status,
    )


def list_facilities(connection: Connection) -> Sequence[FacilityView]:
    """Return all facilities, by code."""
    found = map(facility_of, connection.all(_FACILITIES))
    return [FacilityView.model_validate(one, from_attributes=True) for one in found]


def list_slots(connection: Connection, code: str) -> Sequence[SlotView] | None:
    """Return the slots of a facility, the earliest first; None if there is no such facility."""
    facility = read_facility(connection, code)
    if facility is None:
        return None
    rows = connection.all(_SLOTS, facility=code)[::-1]
    return [
        SlotView(
            start=local(datetime.fromisoformat(start), facility.zone),
            capacity=capacity,
            booked=booked,
            dose=dose,
        )
        for start, capacity, booked, dose in rows
    ]
