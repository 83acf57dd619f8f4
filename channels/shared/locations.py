"""Read a location that a person shared."""

import re
from typing import Final

from core.messages import Location

LATITUDE_MAX: Final = 90.0  # degrees, north and south
LONGITUDE_MAX: Final = 180.0  # degrees, east and west

_DEGREES = re.compile(r"[-+]?[0-9]{1,3}(?:\.[0-9]{0,30})?")


def read_location(latitude: object, longitude: object) -> Location | None:
    """Return the location in degrees, or None if it is none. Total: numbers, texts, anything."""
    north, east = _degrees(latitude), _degrees(longitude)
    if north is None or east is None:
        return None
    if abs(north) > LATITUDE_MAX or abs(east) > LONGITUDE_MAX:
        return None
    return Location(north, east)


def _degrees(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) <= LONGITUDE_MAX else None  # NaN is not
    if isinstance(value, str) and _DEGREES.fullmatch(value.strip()):
        return float(value)
    return None
