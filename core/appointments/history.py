"""What is kept of people's appointments and of their answers to the screening questions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, select

from core.appointments.requests import STANDINGS_MAX
from core.appointments.rules import Kept, Screened
from core.appointments.slots import FACILITY, facility_of
from core.database.statements import Connection, Plain, Row, Statement, given
from core.database.tables import appointments, facilities, screenings, slots
from core.fields.timezones import local

RECORDS_MAX: Final = STANDINGS_MAX  # that are read at once
COUNTING: Final = ("booked", "attended", "missed")

_columns = ("id", "record_id", "status", "dose", "code", "sequence", "booked_by", "slot_id")
KEPT = (
    select(*(appointments.c[name] for name in _columns), slots.c.start, *FACILITY)
    .join(slots, slots.c.id == appointments.c.slot_id)
    .join(facilities, facilities.c.code == slots.c.facility_code)
)
_these = [given(f"record_{place}") for place in range(RECORDS_MAX)]
_COUNTING = Statement(
    KEPT.where(appointments.c.record_id.in_(_these), appointments.c.status.in_(COUNTING)).order_by(
        appointments.c.id
    )
)
_newest = (
    select(func.max(screenings.c.id))
    .where(screenings.c.record_id.in_(_these))
    .group_by(screenings.c.record_id)
)
_answered = ("record_id", "version", "outcome", "until", "at")
_SCREENED = Statement(
    select(*(screenings.c[name] for name in _answered)).where(screenings.c.id.in_(_newest))
)


def read_history(connection: Connection, records: Sequence[int]) -> Sequence[Kept]:
    """Return the appointments of these records that were not called off, oldest first."""
    return [kept_of(row) for row in connection.all(_COUNTING, **_ids(records))]


def read_screened(connection: Connection, records: Sequence[int]) -> Mapping[int, Screened]:
    """Return the last answers to the screening questions, by record."""
    return {
        record_id: Screened(
            version,
            outcome,
            date.fromisoformat(until) if until else None,
            datetime.fromisoformat(at),
        )
        for record_id, version, outcome, until, at in connection.all(_SCREENED, **_ids(records))
    }


def kept_of(row: Row) -> Kept:
    """Return what a row of `KEPT` says."""
    this, record_id, status, dose, code, sequence, booked_by, slot_id, start, *place = row
    facility = facility_of(tuple(place))
    return Kept(
        id=this,
        record_id=record_id,
        status=status,
        dose=dose,
        code=code,
        sequence=sequence,
        booked_by=booked_by,
        slot_id=slot_id,
        start=local(datetime.fromisoformat(start), facility.zone),
        facility=facility,
    )


def _ids(records: Sequence[int]) -> dict[str, Plain]:
    ids = [*records, *([0] * (RECORDS_MAX - len(records)))]  # no record has the id 0
    return {f"record_{place}": this for place, this in enumerate(ids)}
