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
AFTER: Final = f"""CASE
                {_WHENS}
                ELSE :{WIB.lower()}
            END"""  # in the facility's zone
# No EXISTS: while it has no statistics, PostgreSQL would join all open slots; this is one seek.
_HAS_SEAT: Final = f"""(
        SELECT slots.id
        FROM slots
        WHERE {OPEN_SLOT}
          AND slots.facility_code = facilities.code
          AND slots.start > {AFTER}
        ORDER BY slots.start
        LIMIT 1
      ) IS NOT NULL"""  # noqa: S608 (our own words)
_WITH_SEATS: Final = f"""
    SELECT {FACILITY}
    FROM facilities
    WHERE {_HAS_SEAT}"""  # noqa: S608

SEEKER = Statement("""
    SELECT
        records.campaign, records.nik,
        work.code, work.regency_code, work.latitude, work.longitude
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
    after=AFTER,
)
IN_REGENCIES = Statement(f"""
    {_WITH_SEATS}
      AND regency_code BETWEEN :low AND :high
    ORDER BY code <> :workplace, name, code
    LIMIT :limit
""")
# Of those without coordinates no box holds any.
UNPLACED = Statement(f"""
    {_WITH_SEATS}
      AND regency_code = :regency
      AND latitude IS NULL
    ORDER BY name, code
    LIMIT :limit
""")
ANYWHERE = Statement(f"{_WITH_SEATS} ORDER BY name, code LIMIT :limit")
IN_BOX = Statement(f"""
    {_WITH_SEATS}
      AND latitude BETWEEN :south AND :north
      AND longitude BETWEEN :west AND :east
""")
# Ordered as on a flat map, which is exact enough to choose candidates.
FARTHER = Statement(f"""
    {_WITH_SEATS}
    ORDER BY latitude IS NULL,
             (latitude - :latitude) * (latitude - :latitude)
             + (longitude - :longitude) * :narrowing * ((longitude - :longitude) * :narrowing),
             code
    LIMIT :limit
""")
ALL = Statement("SELECT {facility} FROM facilities", facility=FACILITY)
_CODES: Final = parameter_list(f"code_{place}" for place in range(CHUNK))
OF_THESE = Statement(f"{_WITH_SEATS} AND code IN ({_CODES})")
