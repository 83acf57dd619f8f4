"""A person's record, appointments, and answers to the screening questions, read for booking."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from core.appointments.requests import STATUS_ENTRIES_MAX
from core.appointments.rules import BookedAppointment, Person, Screened
from core.appointments.slots import FACILITY, facility_of
from core.database.statements import Connection, Plain, Row, Statement, column_list, parameter_list
from core.fields.timezones import local
from core.registration.statements import OF_NUMBER

RECORDS_MAX: Final = STATUS_ENTRIES_MAX  # read at once
PERSON_COLUMNS: Final = ("id", "nik", "status", "phone")
OWN_COLUMNS: Final = (
    *("id", "record_id", "status", "dose", "code", "sequence", "booked_by", "slot_id"),
)
# All appointments, in rows of `appointment_of`.
APPOINTMENTS: Final = f"""
    SELECT {column_list(OWN_COLUMNS, of="appointments")}, slots.start, {FACILITY}
    FROM appointments
    JOIN slots ON slots.id = appointments.slot_id
    JOIN facilities ON facilities.code = slots.facility_code"""  # noqa: S608 (our own words)

_RECORDS = parameter_list(f"record_{place}" for place in range(RECORDS_MAX))
# The lock lasts until the transaction ends: one person does one thing at a time.
_LOCK_PERSON = Statement(
    """
    SELECT {person}
    FROM records
    WHERE id = {of_number}
    FOR UPDATE
    """,
    person=column_list(PERSON_COLUMNS),
    of_number=OF_NUMBER,
)
_HISTORY = Statement(f"""
    {APPOINTMENTS}
    WHERE appointments.record_id IN ({_RECORDS})
      AND appointments.status IN ('booked', 'attended', 'missed')
    ORDER BY appointments.id
""")
_SCREENED = Statement(
    """
    SELECT record_id, version, outcome, until, at
    FROM screenings
    WHERE id IN (
        SELECT max(id)
        FROM screenings
        WHERE record_id IN ({these})
        GROUP BY record_id
    )
    """,
    these=_RECORDS,
)


def lock_person(connection: Connection, number: str) -> Person | None:
    """Return the person with that registration number, locked until the transaction ends."""
    return next(iter(people_of(connection, connection.all(_LOCK_PERSON, number=number))), None)


def people_of(connection: Connection, rows: Sequence[Row]) -> Sequence[Person]:
    """Return the people in rows of `PERSON_COLUMNS`, in order, at most `RECORDS_MAX`."""
    if not rows:
        return ()
    ids = _ids([row[0] for row in rows])
    history = [appointment_of(row) for row in connection.all(_HISTORY, **ids)]
    screened = {row[0]: _screened_of(row[1:]) for row in connection.all(_SCREENED, **ids)}
    return [
        Person(
            **dict(zip(PERSON_COLUMNS, row, strict=True)),
            history=[one for one in history if one.record_id == row[0]],
            screened=screened.get(row[0]),
        )
        for row in rows
    ]


def appointment_of(row: Row) -> BookedAppointment:
    """Return the appointment in a row of `APPOINTMENTS`."""
    start, *place = row[len(OWN_COLUMNS) :]
    facility = facility_of(tuple(place))
    return BookedAppointment(
        **dict(zip(OWN_COLUMNS, row, strict=False)),
        start=local(datetime.fromisoformat(start), facility.zone),
        facility=facility,
    )


def _screened_of(row: Row) -> Screened:
    version, outcome, until, at = row
    day = date.fromisoformat(until) if until else None
    return Screened(version, outcome, day, datetime.fromisoformat(at))


def _ids(records: Sequence[int]) -> dict[str, Plain]:
    ids = [*records, *([0] * (RECORDS_MAX - len(records)))]  # no record has the id 0
    return {f"record_{place}": row_id for place, row_id in enumerate(ids)}
