"""Whom to call after a day was closed: no message reached them, or they have not chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from core.appointments.closures import ANSWER_SECONDS
from core.appointments.facility import Facility
from core.database.statements import Connection, Row, Statement, iso_utc
from core.fields.timezones import local

CALLS_MAX: Final = 500  # shown at once, the oldest
CALL_DAYS: Final = 28  # after the closing; then it is too late to call

_CALLS = Statement("""
    SELECT
        displaced.appointment_id, records.number, records.full_name, records.phone,
        slots.start, appointments.dose, displaced.moved, outbox.status
    FROM closures
    JOIN displaced ON displaced.closure_id = closures.id
    JOIN records ON records.id = displaced.record_id
    JOIN appointments ON appointments.id = displaced.appointment_id
    JOIN slots ON slots.id = appointments.slot_id
    LEFT JOIN outbox ON outbox.key = displaced.key
    WHERE closures.campaign = :campaign
      AND closures.facility_code = :facility
      AND closures.made_at > :since
      AND displaced.called_at = ''
      AND (
          coalesce(outbox.status, 'dead') IN ('dead', 'withheld', 'opted_out')
          OR displaced.moved = 0
          AND closures.offer <> 'cancel'
          AND closures.made_at <= :unanswered
      )
      AND (displaced.moved = 1 OR NOT EXISTS (
          SELECT 1
          FROM appointments AS later
          WHERE later.record_id = displaced.record_id
            AND later.id > displaced.appointment_id
            AND later.status IN ('booked', 'attended', 'put_off')
      ))
    ORDER BY closures.id, displaced.appointment_id
    LIMIT :limit
""")
_CALLED = Statement("""
    UPDATE displaced
    SET called_at = :at, called_by = :operator
    WHERE appointment_id = :appointment
      AND called_at = ''
      AND closure_id IN (SELECT id FROM closures WHERE facility_code = :facility)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A person to call about the appointment that was at `start`. `told` if a message got out."""

    id: int
    number: str
    full_name: str = field(repr=False)
    phone: str = field(repr=False)
    start: datetime
    dose: int
    moved: bool
    told: bool


def read_calls(
    connection: Connection, campaign: str, facility: Facility, at: datetime
) -> Sequence[Call]:
    """Return whom to call for that facility, at most `CALLS_MAX`."""
    rows = connection.all(
        _CALLS,
        campaign=campaign,
        facility=facility.code,
        since=iso_utc(at - timedelta(days=CALL_DAYS)),
        unanswered=iso_utc(at - timedelta(seconds=ANSWER_SECONDS)),
        limit=CALLS_MAX,
    )
    return [_call(row, facility.zone) for row in rows]


def note_called(
    connection: Connection, facility: str, call_id: int, operator: str, at: datetime
) -> bool:
    """Note that somebody has called; False if it was noted, or there is no such call there."""
    by = {"operator": operator, "at": iso_utc(at)}
    return bool(connection.run(_CALLED, facility=facility, appointment=call_id, **by))


def _call(row: Row, zone: str) -> Call:
    call_id, number, full_name, phone, start, dose, moved, status = row
    return Call(
        id=call_id,
        number=number,
        full_name=full_name,
        phone=phone or "",
        start=local(datetime.fromisoformat(start), zone),
        dose=dose,
        moved=bool(moved),
        told=status in ("sent", "delivered", "read"),
    )
