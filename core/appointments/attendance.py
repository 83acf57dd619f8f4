"""What the site notes of an appointment: came, did not, put off. Its word beats the person's."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Literal, NamedTuple

from core.appointments.history import lock_person
from core.appointments.later_dose import cancel_later_dose
from core.appointments.site_notices import Displaced
from core.appointments.slots import midnight, read_facility
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import local
from core.outbox.sms_bounds import HOME
from core.outbox.store import withdraw
from core.outbox.ticket import booking_keys
from core.registration.statements import TOUCH_RECORD

NOTED_DAYS_MAX: Final = 31  # after the appointment; a shift without network syncs much sooner
BATCH_CHARACTERS_MAX: Final = 40
SCREENED_AT_SITE: Final = "site"  # the version of answers that the site gives for the person

Came = Literal["yes", "no", "put_off"]
Why = Literal["unknown", "old_ticket", "another_day", "not_yet"]
STATUS_OF: Final[dict[Came, str]] = {"yes": "attended", "no": "missed", "put_off": "put_off"}

_OF_FACILITY: Final = """
    FROM slots
    JOIN appointments ON appointments.slot_id = slots.id
    JOIN records ON records.id = appointments.record_id
    WHERE slots.campaign = :campaign
      AND slots.facility_code = :facility
      AND slots.start > :since"""
_NUMBER_OF = Statement(f"""
    SELECT records.number {_OF_FACILITY}
      AND appointments.code = :code
    ORDER BY appointments.id DESC
    LIMIT 1
""")
# The newest of today or before, else the next; of the day that is named, if one is.
_FIND = Statement(f"""
    SELECT
        appointments.id, appointments.status, appointments.attended_by, appointments.batch,
        appointments.code, appointments.booked_by, appointments.dose, slots.start
    {_OF_FACILITY}
      AND records.number = :number
      AND appointments.status IN ('booked', 'attended', 'missed', 'put_off')
    ORDER BY
        CASE WHEN slots.start < :tomorrow THEN 0 ELSE 1 END,
        CASE WHEN appointments.code = :code THEN 0 ELSE 1 END,
        CASE WHEN slots.start < :tomorrow THEN slots.start END DESC,
        slots.start
    LIMIT 1
""")
_PLACE = Statement("""
    SELECT slots.facility_code
    FROM records
    JOIN appointments ON appointments.record_id = records.id
    JOIN slots ON slots.id = appointments.slot_id
    WHERE records.number = :number
      AND records.campaign = :campaign
      AND appointments.status IN ('booked', 'attended', 'missed', 'put_off')
    ORDER BY CASE appointments.status WHEN 'booked' THEN 0 ELSE 1 END, appointments.id DESC
    LIMIT 1
""")
_NOTE = Statement("""
    UPDATE appointments
    SET status = :status, attended_by = :operator, batch = :batch, ended_by = :key,
        updated_at = :at
    WHERE id = :row_id
""")
_PUT_OFF = Statement("""
    INSERT INTO screenings (record_id, key, version, answers, outcome, until, at)
    VALUES (:record_id, :key, :version, '{}', 'postpone', :until, :at)
    ON CONFLICT (key) DO NOTHING
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNote:
    """What an operator notes at a facility, of the person with this number or ticket.

    `code` is the ticket's check code, or "" where the number alone is known. `until` is the day
    until which a person who was put off should not come.
    """

    campaign: str
    facility_code: str
    number: str = ""
    code: str = field(default="", repr=False)
    came: Came
    batch: str = ""
    until: date | None = None
    operator: str
    key: str = field(repr=False)
    at: datetime


class Noted(NamedTuple):
    """It is noted. `said` is the status before: `attended` may be what only the person said."""

    number: str
    came: Came
    start: datetime
    said: str


class NotNoted(NamedTuple):
    """Nothing was noted.

    `unknown`: there is no such appointment here. `old_ticket`: its check code is not that of the
    appointment: changed since, or forged. `another_day`: it is at `start`. `not_yet`: nobody has
    missed what has not begun.
    """

    why: Why
    number: str = ""
    start: datetime | None = None


class _Found(NamedTuple):
    row_id: int
    status: str
    attended_by: str
    batch: str
    code: str
    booked_by: str
    dose: int
    start: datetime


def note_attendance(
    connection: Connection, note: SiteNote, countries: frozenset[str] = HOME
) -> Noted | NotNoted:
    """Replace whatever was noted before; noting the same again changes nothing.

    If this dose was not given, a later dose that was booked meanwhile is cancelled.
    """
    number = note.number or _number_of(connection, note)
    person = lock_person(connection, number) if number else None
    found = None if person is None else _find(connection, note, number)
    if person is None or found is None:
        return NotNoted("unknown")
    if why := _why_not(note, found):
        return NotNoted(why, number, found.start)
    if (found.status, found.attended_by, found.batch) != _columns(note):
        _write(connection, note, found)
        connection.run(TOUCH_RECORD, record_id=person.id, at=iso_utc(note.at))
    booked = person.booked
    if note.came != "yes" and booked is not None and booked.dose > found.dose:
        later = Displaced(booked, None, f"{note.key}/later", note.at, because=found.start)
        cancel_later_dose(connection, later, countries)
    _put_off(connection, note, person.id)
    return Noted(number, note.came, found.start, found.status)


def place_of(connection: Connection, *, campaign: str, number: str) -> str:
    """Return the code of the facility of a person's live or last appointment, or ""."""
    row = connection.one(_PLACE, campaign=campaign, number=number)
    return "" if row is None else str(row[0])


def _columns(note: SiteNote) -> tuple[str, str, str]:
    return STATUS_OF[note.came], note.operator, note.batch


def _here(note: SiteNote) -> dict[str, str]:
    since = iso_utc(note.at - timedelta(days=NOTED_DAYS_MAX))
    return {"campaign": note.campaign, "facility": note.facility_code, "since": since}


def _number_of(connection: Connection, note: SiteNote) -> str:
    row = connection.one(_NUMBER_OF, **_here(note), code=note.code)
    return "" if row is None else str(row[0])


def _find(connection: Connection, note: SiteNote, number: str) -> _Found | None:
    facility = read_facility(connection, note.facility_code)
    if facility is None:
        return None
    day = local(note.at, facility.zone).date() + timedelta(days=1)
    values = {
        "number": number,
        "code": note.code,
        "tomorrow": iso_utc(midnight(day, facility.zone)),
    }
    row = connection.one(_FIND, **_here(note), **values)
    if row is None:
        return None
    *own, start = row
    return _Found._make((*own, local(datetime.fromisoformat(start), facility.zone)))


def _why_not(note: SiteNote, found: _Found) -> Why | None:
    if note.code and note.code != found.code:
        return "old_ticket"
    today = note.at.astimezone(found.start.tzinfo).date()
    if found.start.date() > today:
        return "another_day"
    return "not_yet" if note.came == "no" and found.start > note.at else None


def _write(connection: Connection, note: SiteNote, found: _Found) -> None:
    status, operator, batch = _columns(note)
    written = {"status": status, "operator": operator, "batch": batch}
    connection.run(_NOTE, row_id=found.row_id, key=note.key, at=iso_utc(note.at), **written)
    withdraw(connection, booking_keys(found.booked_by))


def _put_off(connection: Connection, note: SiteNote, record_id: int) -> None:
    if note.until is None:
        return
    connection.run(
        _PUT_OFF,
        record_id=record_id,
        key=f"{note.key}/put_off",
        version=SCREENED_AT_SITE,
        until=note.until.isoformat(),
        at=iso_utc(note.at),
    )
