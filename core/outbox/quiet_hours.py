"""Quiet hours, by the clock of a person's zone. Pure."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from core.fields.timezones import local

QUIET_FROM: Final = time(20)
QUIET_TO: Final = time(8)


def after_quiet_hours(at: datetime, zone: str) -> datetime:
    """Return `at`, or the end of the quiet hours (20:00-08:00) that it falls into, in UTC."""
    there = local(at, zone)
    if QUIET_TO <= there.time() < QUIET_FROM:
        return at
    day = there.date() + timedelta(days=there.time() >= QUIET_FROM)
    return datetime.combine(day, QUIET_TO, there.tzinfo).astimezone(UTC)
