"""Where people find a seat: how many places of each regency have one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from core.database.statements import Connection, Statement, iso_utc
from core.registration.open_seats import FIRST_DOSE

# Two looks at an index for each facility, however many slots there are.
_OPEN_PLACES: Final = Statement("""
    SELECT regency_code, SUM(
        CASE
            WHEN EXISTS (
                SELECT 1
                FROM slots
                WHERE campaign = :campaign
                  AND facility_code = facilities.code
                  AND dose = :dose
                  AND booked < capacity
                  AND start > :now
            ) THEN 1
            ELSE 0
        END
    )
    FROM facilities
    WHERE EXISTS (
        SELECT 1
        FROM slots
        WHERE campaign = :campaign AND facility_code = facilities.code AND dose = :dose
    )
    GROUP BY regency_code
""")


def count_open_places(
    connection: Connection, *, campaign: str, now: datetime
) -> Mapping[str, int]:
    """Return how many places have a seat left, by regency in which first doses are given."""
    at = iso_utc(now)
    return dict(connection.all(_OPEN_PLACES, campaign=campaign, dose=FIRST_DOSE, now=at))
