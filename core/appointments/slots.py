"""Facilities and slots in SQL, and the open slots of one facility."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple

from core.appointments.facility import Facility
from core.appointments.requests import (
    DATES_MAX,
    OTHERS_MAX,
    TIMES_MAX,
    FindDates,
    FindTimes,
    FoundDates,
    FoundTimes,
)
from core.appointments.views import OpenSlot
from core.database.statements import Connection, Row, Statement, column_list, iso_utc
from core.fields.timezones import local, moment

_FOR_EVER: Final = "9999"

FACILITY_COLUMNS: Final = ("code", "name", "regency_code", "address", "latitude", "longitude")
FACILITY: Final = column_list(FACILITY_COLUMNS, of="facilities")
OPEN_SLOT: Final = """slots.campaign = :campaign
      AND slots.dose = :dose
      AND slots.booked < slots.capacity"""  # worded as the condition of the partial index

_FACILITY = Statement(
    "SELECT {facility} FROM facilities WHERE code = :facility", facility=FACILITY
)
_BETWEEN = """
    SELECT id, start
    FROM slots
    WHERE {open_slot}
      AND facility_code = :facility
      AND start > :after
      AND start < :before
    ORDER BY start {direction}
    LIMIT :limit
    """
_AFTER = Statement(_BETWEEN, open_slot=OPEN_SLOT, direction="ASC")
_BEFORE = Statement(_BETWEEN, open_slot=OPEN_SLOT, direction="DESC")


class SlotFilter(NamedTuple):
    """The slots of one campaign and dose."""

    campaign: str
    dose: int


class TimeWindow(NamedTuple):
    """The two ISO times between which slots start, both exclusive."""

    after: str
    before: str = _FOR_EVER


def facility_of(row: Row) -> Facility:
    """Return the facility in a row of `FACILITY` columns."""
    return Facility(**dict(zip(FACILITY_COLUMNS, row, strict=True)))


def read_facility(connection: Connection, code: str) -> Facility | None:
    """Return the facility with that code, if any."""
    row = connection.one(_FACILITY, facility=code)
    return None if row is None else facility_of(row)


def midnight(day: date, zone: str) -> datetime:
    """Return when the day begins in that zone."""
    there = local(datetime.combine(day, time(12), UTC), zone)  # that day in every zone
    return datetime.combine(day, time(), there.tzinfo)


def lower_bound(at: datetime, since: date | None, zone: str) -> str:
    """Return the ISO time after which slots start later than `at` and not before `since`."""
    if since is None:
        return iso_utc(at)
    return iso_utc(max(at, midnight(since, zone) - timedelta(microseconds=1)))


def iso_day(text: str) -> date | None:
    """Return the day in a request; None for ""."""
    return date.fromisoformat(text) if text else None


def find_dates(connection: Connection, request: FindDates) -> FoundDates:
    """Return the first days with seats. Each is one seek; full days cost nothing."""
    facility = read_facility(connection, request.facility)
    if facility is None:
        return FoundDates(dates=())
    after = lower_bound(moment(request.at), iso_day(request.since), facility.zone)
    dates: list[date] = []
    while len(dates) < DATES_MAX:
        found = first_slots(
            connection, facility, _slot_filter(request), TimeWindow(after), limit=1
        )
        if not found:
            break
        dates.append(found[0].start.date())
        after = lower_bound(found[0].start, dates[-1] + timedelta(days=1), facility.zone)
    return FoundDates(dates=tuple(dates))


def find_times(connection: Connection, request: FindTimes) -> FoundTimes:
    """Return the first times of the day with seats."""
    facility, day = read_facility(connection, request.facility), iso_day(request.day)
    if facility is None or day is None:
        return FoundTimes(slots=())
    after = lower_bound(moment(request.at), day, facility.zone)
    window = TimeWindow(after, iso_utc(midnight(day + timedelta(days=1), facility.zone)))
    found = first_slots(connection, facility, _slot_filter(request), window, limit=TIMES_MAX)
    return FoundTimes(slots=tuple(found))


def first_slots(
    connection: Connection,
    facility: Facility,
    slot_filter: SlotFilter,
    window: TimeWindow,
    *,
    limit: int,
) -> Sequence[OpenSlot]:
    """Return the first open slots in the window."""
    here = {**slot_filter._asdict(), "facility": facility.code}
    rows = connection.all(_AFTER, **here, **window._asdict(), limit=limit)
    return list(_slots(rows, facility.zone))


def nearest_slots(
    connection: Connection,
    facility: Facility,
    slot_filter: SlotFilter,
    start: datetime,
    *,
    after: str,
) -> Sequence[OpenSlot]:
    """Return the open slots nearest in time to `start`, all after the ISO time `after`."""
    here = {**slot_filter._asdict(), "facility": facility.code}
    window = TimeWindow(after, iso_utc(start))
    earlier = connection.all(_BEFORE, **here, **window._asdict(), limit=OTHERS_MAX)
    rest = TimeWindow(max(after, iso_utc(start - timedelta(microseconds=1))))
    later = connection.all(_AFTER, **here, **rest._asdict(), limit=OTHERS_MAX)
    both = _slots([*earlier, *later], facility.zone)
    return sorted(both, key=lambda slot: (abs(slot.start - start), slot.start))[:OTHERS_MAX]


def _slot_filter(request: FindDates | FindTimes) -> SlotFilter:
    return SlotFilter(request.campaign, request.dose)


def _slots(rows: Sequence[Row], zone: str) -> Iterator[OpenSlot]:
    for row_id, start in rows:
        yield OpenSlot(row_id, local(datetime.fromisoformat(start), zone))
