"""The SQL of searching facilities with seats left.

All take the parameters of `OPEN_SLOT`, and for each zone the time after which a slot must start.
"""

from typing import Final

from core.appointments.slots import FACILITY, OPEN_SLOT
from core.database.statements import Statement, parameter_list
from core.fields.timezones import PROVINCES, WIB

CHUNK: Final = 50  # facilities in one statement

_PROVINCE: Final = "substr(facilities.regency_code, 1, 2)"
_WHENS: Final = "\n                ".join(
    f"WHEN {_PROVINCE} IN ({', '.join(map(repr, provinces))}) THEN :{zone.lower()}"
    for zone, provinces in PROVINCES.items()
)
_AFTER: Final = f"""CASE
                {_WHENS}
                ELSE :{WIB.lower()}
            END"""  # in the facility's zone
# No EXISTS: while it has no statistics, PostgreSQL would join all open slots; this is one seek.
_HAS_SEAT: Final = f"""(
        SELECT slots.id
        FROM slots
        WHERE {OPEN_SLOT}
          AND slots.facility_code = facilities.code
          AND slots.start > {_AFTER}
        ORDER BY slots.start
        LIMIT 1
      ) IS NOT NULL"""  # noqa: S608 (our own words)

SEEKER = Statement("""
    SELECT records.campaign, records.nik, work.code, work.regency_code
    FROM records
    LEFT JOIN facilities AS work ON work.code = records.facility_code
    WHERE records.number = :number
""")
# Open to new bookings at some time: a closed slot has no capacity.
OPENED = Statement(
    """
    SELECT code
    FROM facilities
    WHERE (
        SELECT slots.id
        FROM slots
        WHERE slots.campaign = :campaign
          AND slots.dose = :dose
          AND slots.capacity > 0
          AND slots.facility_code = facilities.code
          AND slots.start > {after}
        LIMIT 1
    ) IS NOT NULL
    LIMIT 1
    """,
    after=_AFTER,
)
IN_REGENCIES = Statement(
    """
    SELECT {facility}
    FROM facilities
    WHERE regency_code BETWEEN :low AND :high
      AND {has_seat}
    ORDER BY code <> :workplace, name, code
    LIMIT :limit
    """,
    facility=FACILITY,
    has_seat=_HAS_SEAT,
)
ANYWHERE = Statement(
    """
    SELECT {facility}
    FROM facilities
    WHERE {has_seat}
    ORDER BY name, code
    LIMIT :limit
    """,
    facility=FACILITY,
    has_seat=_HAS_SEAT,
)
IN_BOX = Statement(
    """
    SELECT {facility}
    FROM facilities
    WHERE latitude BETWEEN :south AND :north
      AND longitude BETWEEN :west AND :east
      AND {has_seat}
    """,
    facility=FACILITY,
    has_seat=_HAS_SEAT,
)
# Ordered as on a flat map, which is exact enough to choose candidates.
FARTHER = Statement(
    """
    SELECT {facility}
    FROM facilities
    WHERE {has_seat}
    ORDER BY latitude IS NULL,
             (latitude - :latitude) * (latitude - :latitude)
             + (longitude - :longitude) * :narrowing * ((longitude - :longitude) * :narrowing),
             code
    LIMIT :limit
    """,
    facility=FACILITY,
    has_seat=_HAS_SEAT,
)
ALL = Statement("SELECT {facility} FROM facilities", facility=FACILITY)
OF_THESE = Statement(
    """
    SELECT {facility}
    FROM facilities
    WHERE code IN ({codes})
      AND {has_seat}
    """,
    facility=FACILITY,
    codes=parameter_list(f"code_{place}" for place in range(CHUNK)),
    has_seat=_HAS_SEAT,
)
