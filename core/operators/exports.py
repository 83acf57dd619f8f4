"""What an export holds: people with their newest appointment, read in batches by id."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Final, NamedTuple

from core.database.database import Database
from core.database.statements import Connection, Plain, Statement, column_list, iso_utc
from core.fields.timezones import local, zone_of

BATCH: Final = 500  # rows in memory at once

_PERSON: Final = (
    *("id", "number", "status", "standing", "nik", "full_name", "birth_date", "sex"),
    *("profession", "phone", "language", "facility_code", "created_at"),
)
_APPOINTMENT: Final = ("id", "status", "dose", "code", "created_at")
_COLUMNS: Final = f"""{column_list(_PERSON, of="records")},
        {column_list(_APPOINTMENT, of="appointments")},
        slots.start, facilities.code, facilities.name"""
_OF_CAMPAIGN = Statement(
    """
    SELECT {columns}
    FROM records
    LEFT JOIN appointments
        ON appointments.id = (
            SELECT MAX(newest.id)
            FROM appointments AS newest
            WHERE newest.record_id = records.id AND newest.status <> 'changed'
        )
    LEFT JOIN slots ON slots.id = appointments.slot_id
    LEFT JOIN facilities ON facilities.code = slots.facility_code
    WHERE records.campaign = :campaign AND records.id > :after
    ORDER BY records.id
    LIMIT :limit
    """,
    columns=_COLUMNS,
)
_OF_FACILITY = Statement(
    """
    SELECT {columns}
    FROM slots
    JOIN facilities ON facilities.code = slots.facility_code
    JOIN appointments ON appointments.slot_id = slots.id AND appointments.status <> 'changed'
    JOIN records ON records.id = appointments.record_id
    WHERE slots.campaign = :campaign
        AND slots.facility_code = :facility
        AND slots.start >= :since
        AND slots.start < :until
        AND appointments.id > :after
    ORDER BY appointments.id
    LIMIT :limit
    """,
    columns=_COLUMNS,
)
_CONSENT = Statement("""
    SELECT intent
    FROM intents
    WHERE record_id = :record_id AND outcome IN ('registered', 'received', 'updated')
    ORDER BY id
    LIMIT 1
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What to export: a campaign; or of it one facility, all days or one."""

    campaign: str
    facility: str = ""
    regency: str = ""  # of the facility, which tells its time zone
    day: date | None = None


class Exported(NamedTuple):
    """One row: a person, and an appointment of theirs ("" and 0 where there is none)."""

    record_id: int
    number: str
    status: str
    standing: str
    nik: str
    full_name: str
    birth_date: str
    sex: str
    profession: str
    phone: str
    language: str
    workplace: str
    created_at: str
    appointment_id: int
    appointment_status: str
    dose: int
    code: str
    booked_at: str
    start: str
    facility_code: str
    facility_name: str


_NUMBERS: Final = frozenset({"record_id", "appointment_id", "dose"})


async def read_export(database: Database, asked: Asked) -> AsyncIterator[Exported]:
    """Return the rows; only `BATCH` of them are in memory."""
    after = 0
    while True:
        batch = await database.read(partial(read_batch, asked=asked, after=after))
        for row in batch:
            yield row
        if len(batch) < BATCH:
            return
        after = batch[-1].appointment_id if asked.facility else batch[-1].record_id


def read_batch(connection: Connection, *, asked: Asked, after: int) -> Sequence[Exported]:
    """Return up to `BATCH` rows after that id, of records or of a facility's appointments."""
    page: dict[str, Plain] = {"campaign": asked.campaign, "after": after, "limit": BATCH}
    if asked.facility:
        since, until = _days(asked)
        page |= {"facility": asked.facility, "since": since, "until": until}
        rows = connection.all(_OF_FACILITY, **page)
    else:
        rows = connection.all(_OF_CAMPAIGN, **page)
    return [Exported._make(map(_filled, Exported._fields, row)) for row in rows]


def read_consent(connection: Connection, record_id: int) -> str | None:
    """Return the intent, as JSON, with which the person first agreed."""
    row = connection.one(_CONSENT, record_id=record_id)
    return None if row is None else str(row[0])


def _days(asked: Asked) -> tuple[str, str]:
    if asked.day is None:
        return "", "9999"
    noon = local(datetime.combine(asked.day, time(12), UTC), zone_of(asked.regency))
    start = datetime.combine(asked.day, time.min, noon.tzinfo)
    return iso_utc(start), iso_utc(start + timedelta(days=1))


def _filled(name: str, value: object) -> object:
    if value is None:
        return 0 if name in _NUMBERS else ""
    return value
