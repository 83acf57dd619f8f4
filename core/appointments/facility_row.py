"""Parsing one row of a facilities file. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Final

from core.appointments.facility import Facility
from core.fields.cell import Fault, FaultyError, needed, tidy, unforced
from core.messages import Location
from core.roster.row import CODE_CHARACTERS_MAX

COLUMNS: Final = ("code", "name", "regency_code", "address", "latitude", "longitude")
NEEDED: Final = ("code", "name", "regency_code")
NAME_CHARACTERS_MAX = 100
ADDRESS_CHARACTERS_MAX = 200
_REGENCY: Final = re.compile(r"(\d\d)\.?(\d\d)", re.ASCII)
_UNKNOWN: Final = Location(0.0, 0.0)  # what files say for unknown: it lies in the sea


def read_facility(cells: Sequence[str]) -> tuple[Facility | None, Fault | None]:
    """Return the facility in the cells (in the order of `COLUMNS`), and the first fault.

    Coordinates that cannot be used are a fault, but the facility is returned without them.
    """
    try:
        facility = Facility(
            code=needed("code", unforced(cells[0]), CODE_CHARACTERS_MAX),
            name=needed("name", cells[1], NAME_CHARACTERS_MAX),
            regency_code=_regency(cells[2]),
            address=tidy("address", cells[3], ADDRESS_CHARACTERS_MAX),
        )
    except FaultyError as error:
        return None, error.fault
    try:
        return _placed(facility, cells[4], cells[5]), None
    except FaultyError as error:
        return facility, error.fault


def _regency(text: str) -> str:
    found = _REGENCY.fullmatch(unforced(text).strip())
    if found is None or "00" in found.groups():
        raise FaultyError("regency_code", "is no code of four digits, as at the head of a NIK")
    return found[1] + found[2]


def _placed(facility: Facility, latitude: str, longitude: str) -> Facility:
    if not latitude.strip() and not longitude.strip():
        return facility
    here = Location(_degrees("latitude", latitude, 90), _degrees("longitude", longitude, 180))
    if here == _UNKNOWN:
        raise FaultyError("latitude", "and longitude are 0; the row is used without them")
    return replace(facility, latitude=here.latitude, longitude=here.longitude)


def _degrees(column: str, text: str, most: int) -> float:
    try:
        degrees = float(unforced(text).strip().replace(",", "."))
    except ValueError:
        degrees = float("nan")
    if not isfinite(degrees) or abs(degrees) > most:
        raise FaultyError(column, f"is no {column}; the row is used without its place")
    return degrees
