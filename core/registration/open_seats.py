"""Whether a person who has just registered may choose a seat."""

from datetime import datetime
from typing import Final

from core.database.statements import Connection, Statement, iso_utc

VERIFIED: Final = "verified"
FIRST_DOSE: Final = 1  # the one that is due to whoever registers

OPEN_SEAT: Final = Statement("""
    SELECT id
    FROM slots
    WHERE campaign = :campaign
      AND dose = :dose
      AND booked < capacity
      AND start > :now
    ORDER BY start
    LIMIT 1
""")


def is_bookable(connection: Connection, *, campaign: str, status: str, at: datetime) -> bool:
    """Return True if a new record of that status may book, and a seat is open for it."""
    if status != VERIFIED:
        return False
    seat = connection.one(OPEN_SEAT, campaign=campaign, dose=FIRST_DOSE, now=iso_utc(at))
    return seat is not None
