"""The list of a facility's day: who comes when, and what the site has noted. Read-only."""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field, fields
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Final, NamedTuple

from core.appointments.facility import Facility
from core.appointments.slots import midnight
from core.database.statements import Connection, Row, Statement, iso_utc
from core.fields.timezones import local

ENTRIES_MAX: Final = 5_000  # of one day
NIK_END: Final = 4  # digits of the NIK that the list shows
CAME: Final = {"attended": "yes", "missed": "no", "put_off": "put_off"}  # by status
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would carry out

_ENTRIES = Statement("""
    SELECT
        slots.start, records.number, records.full_name, records.nik, appointments.dose,
        records.phone,
        coalesce((
            SELECT outcome
            FROM screenings
            WHERE screenings.record_id = records.id
            ORDER BY id DESC
            LIMIT 1
        ), '') = 'ask_site',
        appointments.status, appointments.attended_by, appointments.batch,
        appointments.walk_in, appointments.code
    FROM slots
    JOIN appointments ON appointments.slot_id = slots.id
    JOIN records ON records.id = appointments.record_id
    WHERE slots.campaign = :campaign
      AND slots.facility_code = :facility
      AND slots.start >= :begins
      AND slots.start < :ends
      AND appointments.status IN ('booked', 'attended', 'missed', 'put_off')
    ORDER BY slots.start, appointments.id
    LIMIT :limit
""")
_CLOSED = Statement("""
    SELECT id
    FROM closures
    WHERE campaign = :campaign
      AND facility_code = :facility
      AND begins = :begins
      AND reopened_at = ''
    LIMIT 1
""")


class DayOf(NamedTuple):
    """One day of a facility, for one campaign."""

    campaign: str
    facility: Facility
    day: date

    @property
    def begins(self) -> datetime:
        """Return when it begins there."""
        return midnight(self.day, self.facility.zone)

    @property
    def bounds(self) -> dict[str, str]:
        """Return the parameters of statements about the slots of that day."""
        return {
            "campaign": self.campaign,
            "facility": self.facility.code,
            "begins": iso_utc(self.begins),
            "ends": iso_utc(self.begins + timedelta(days=1)),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One person on the list. `time` is the facility's; `nik_end` the last digits of the NIK.

    `came` is `yes`, `no`, `put_off`, or "" before anybody has noted it; `noted_by` the operator
    at the site, or "" if only the person has said it. `code` is that of the ticket.
    """

    time: str
    number: str
    full_name: str = field(repr=False)
    nik_end: str = field(repr=False)
    dose: int
    phone: str = field(repr=False)
    ask_site: bool
    came: str
    noted_by: str
    batch: str
    walk_in: bool
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The list; `more` if `ENTRIES_MAX` cut it, `closed` if the day is closed."""

    entries: Sequence[Entry]
    more: bool = False
    closed: bool = False


def read_day(connection: Connection, day: DayOf) -> Day:
    """Return who is booked on that day, or was, by time and name."""
    rows = connection.all(_ENTRIES, **day.bounds, limit=ENTRIES_MAX + 1)
    shown = sorted(rows[:ENTRIES_MAX], key=itemgetter(0, 2))  # start and name, which is not SQL's
    return Day(
        entries=[_entry(row, day.facility.zone) for row in shown],
        more=len(rows) > ENTRIES_MAX,
        closed=is_closed(connection, day),
    )


def is_closed(connection: Connection, day: DayOf) -> bool:
    """Return True if the whole day is closed."""
    here = {name: value for name, value in day.bounds.items() if name != "ends"}
    return connection.one(_CLOSED, **here) is not None


def day_csv(day: Day) -> str:
    """Return the list as CSV, without codes; no cell is a formula for a spreadsheet."""
    written = io.StringIO()
    lines = csv.writer(written)
    lines.writerow([one.name for one in fields(Entry) if one.name != "code"])
    for entry in day.entries:
        lines.writerow([_cell(value) for value in astuple(entry)[:-1]])
    return written.getvalue()


def _cell(value: object) -> str:
    text = {True: "yes", False: ""}[value] if isinstance(value, bool) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _entry(row: Row, zone: str) -> Entry:
    start, number, full_name, nik, dose, phone, ask_site, status, *noted = row
    noted_by, batch, walk_in, code = noted
    return Entry(
        time=f"{local(datetime.fromisoformat(start), zone):%H:%M}",
        number=number,
        full_name=full_name,
        nik_end=nik[-NIK_END:],
        dose=dose,
        phone=phone or "",
        ask_site=bool(ask_site),
        came=CAME.get(status, ""),
        noted_by=noted_by,
        batch=batch,
        walk_in=bool(walk_in),
        code=code,
    )
