"""Where each regency lies, and what people call its town.

`centres.csv` has the middle of every regency and city in use, and of those whose code was retired
when Papua was divided: a NIK keeps its code for life. The coordinates, to two decimals, are those
of laravolt/indonesia (resources/csv/cities.csv; MIT, (c) 2016 Laravolt, 2022 Kode Pandai).
"""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from math import cos, radians
from typing import Final

from core.fields.nik import regions
from core.messages import Location

_REGENCY, _CITY = "Kabupaten ", "Kota "
_ADMINISTERED: Final = "Administrasi "  # as the parts of Jakarta are


def centre_of(regency: str) -> Location | None:
    """Return the middle of the regency with that code of four digits; None if it is unknown."""
    return _centres().get(regency)


def regency_near(place: Location) -> str:
    """Return the code of the regency whose middle is nearest, as on a flat map."""
    narrowing = cos(radians(place.latitude))

    def far(code: str) -> float:
        up = _centres()[code].latitude - place.latitude
        across = (_centres()[code].longitude - place.longitude) * narrowing
        return up * up + across * across

    return min(_centres(), key=far)


@cache
def town_of(regency: str) -> str:
    """Return the name of a regency or city as people write it; "" for an unknown code.

    A regency says so only where a city has its name, too: `Kab. Bandung`, but `Sleman`.
    """
    name = regions().get(regency, "").strip()
    if name.startswith(_CITY):
        return name.removeprefix(_CITY).removeprefix(_ADMINISTERED)
    town = name.removeprefix(_REGENCY).removeprefix(_ADMINISTERED)
    return f"Kab. {town}" if f"{_CITY}{town}" in regions().values() else town


@cache
def _centres() -> Mapping[str, Location]:
    with files("core.fields").joinpath("centres.csv").open(encoding="utf-8") as file:
        return {
            row["code"]: Location(float(row["latitude"]), float(row["longitude"]))
            for row in csv.DictReader(file)
        }
