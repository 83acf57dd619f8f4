"""The times of slots: of days that are named, and of a week that is like another."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Final

from core.appointments.facility import Facility
from core.appointments.schedule import Offer, Opened, open_slots
from core.appointments.slots import midnight
from core.database.statements import Connection, Statement, iso_utc

TIMES_MAX: Final = 96  # of a day: every quarter of an hour
DAYS_MAX: Final = 366  # opened at once
WEEKS_MAX: Final = 12  # that are made like one
WEEK: Final = timedelta(days=7)

_WEEK = Statement("""
    SELECT dose, capacity, start
    FROM slots
    WHERE campaign = :campaign
      AND facility_code = :facility
      AND start >= :begins
      AND start < :ends
      AND closed = 0
    ORDER BY dose, capacity, start
""")


def read_times(texts: Sequence[str]) -> Sequence[time]:
    """Return times of the day such as `08:00`, in order; ValueError for anything else."""
    return sorted({datetime.strptime(text.strip(), "%H:%M").time() for text in texts})  # noqa: DTZ007 of any day


def starts_of(
    facility: Facility, first: date, days: int, times: Sequence[time]
) -> Sequence[datetime]:
    """Return those times on each of the days; OverflowError beyond the calendar."""
    begins = [midnight(first + timedelta(days=after), facility.zone) for after in range(days)]
    return [day.replace(hour=at.hour, minute=at.minute) for day in begins for at in times]


def copy_week(
    connection: Connection, campaign: str, facility: Facility, first: date, weeks: int
) -> Opened:
    """Open in each of the next weeks what is open in the one that begins on `first`."""
    begins = midnight(first, facility.zone)
    bounds = {"begins": iso_utc(begins), "ends": iso_utc(begins + WEEK)}
    rows = connection.all(_WEEK, campaign=campaign, facility=facility.code, **bounds)
    opened = Opened()
    for (dose, capacity), group in groupby(rows, key=lambda row: row[:2]):
        starts = [datetime.fromisoformat(row[2]) for row in group]
        offer = Offer(campaign, facility.code, dose, capacity)
        copied = [start + WEEK * after for after in range(1, weeks + 1) for start in starts]
        opened = opened.with_more(open_slots(connection, offer, copied))
    return opened
