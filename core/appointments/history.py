"""People as their bookings see them: their record, appointments, and answers to the screening."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from core.appointments.requests import STANDINGS_MAX
from core.appointments.rules import BookedAppointment, Person, Screened
from core.appointments.slots import FACILITY, facility_of
from core.database.statements import Connection, Plain, Row, Statement, listed, placed
from core.fields.timezones import local

RECORDS_MAX: Final = STANDINGS_MAX  # that are read at once
PERSON_COLUMNS: Final = ("id", "nik", "status", "phone")
_OWN: Final = ("id", "record_id", "status", "dose", "code", "sequence", "booked_by", "slot_id")
KEPT: Final = f"{listed(_OWN, of='appointments')}, slots.start, {FACILITY}"

_THESE = placed(f"record_{place}" for place in range(RECORDS_MAX))
# The row of the person is held until the end, so that one person does one thing at a time.
_HOLD = Statement(
    """
    SELECT {person}
    FROM records
    WHERE number = :number
    FOR UPDATE
    """,
    person=listed(PERSON_COLUMNS),
)
_COUNTING = Statement(
    """
    SELECT {kept}
    FROM appointments
    JOIN slots ON slots.id = appointments.slot_id
    JOIN facilities ON facilities.code = slots.facility_code
    WHERE appointments.record_id IN ({these})
      AND appointments.status IN ('booked', 'attended', 'missed')
    ORDER BY appointments.id
    """,
    kept=KEPT,
    these=_THESE,
)
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
    these=_THESE,
)


def hold_person(connection: Connection, number: str) -> Person | None:
    """Return who has that registration number; the row is theirs until the transaction ends."""
    return next(iter(people_of(connection, connection.all(_HOLD, number=number))), None)


def people_of(connection: Connection, rows: Sequence[Row]) -> Sequence[Person]:
    """Return the people that rows of `PERSON_COLUMNS` are, at most `RECORDS_MAX`, in order."""
    if not rows:
        return ()
    ids = [row[0] for row in rows]
    history, screened = _read_history(connection, ids), _read_screened(connection, ids)
    return [
        Person(
            **dict(zip(PERSON_COLUMNS, row, strict=True)),
            history=[kept for kept in history if kept.record_id == row[0]],
            screened=screened.get(row[0]),
        )
        for row in rows
    ]


def kept_of(row: Row) -> BookedAppointment:
    """Return the appointment that a row of `KEPT` columns is."""
    own, (start, *place) = row[: len(_OWN)], row[len(_OWN) :]
    facility = facility_of(tuple(place))
    return BookedAppointment(
        **dict(zip(_OWN, own, strict=True)),
        start=local(datetime.fromisoformat(start), facility.zone),
        facility=facility,
    )


def _read_history(connection: Connection, records: Sequence[int]) -> Sequence[BookedAppointment]:
    """Return the appointments of these records that were not called off, oldest first."""
    return [kept_of(row) for row in connection.all(_COUNTING, **_ids(records))]


def _read_screened(connection: Connection, records: Sequence[int]) -> Mapping[int, Screened]:
    """Return the last answers to the screening questions, by record."""
    rows = connection.all(_SCREENED, **_ids(records))
    return {record_id: _screened_of(row) for record_id, *row in rows}


def _screened_of(row: Sequence[str]) -> Screened:
    version, outcome, until, at = row
    day = date.fromisoformat(until) if until else None
    return Screened(version, outcome, day, datetime.fromisoformat(at))


def _ids(records: Sequence[int]) -> dict[str, Plain]:
    ids = [*records, *([0] * (RECORDS_MAX - len(records)))]  # no record has the id 0
    return {f"record_{place}": row_id for place, row_id in enumerate(ids)}
