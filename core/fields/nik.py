"""The NIK: Indonesia's 16-digit personal number, which holds a region, a birth date and a sex.

`PPKKCC DDMMYY SSSS`: province, regency and district of first registration; birth date, with 40
added to a woman's day; a serial. It has no check digit, and a sound structure proves nothing.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Literal

from core.fields.invalid import InvalidError

DIGITS = 16
WOMAN_DAY = 40
CENTURY = 100
SHOWN = 4  # digits at either end of a masked NIK

_SEPARATORS = str.maketrans("", "", " .-\u00a0\u2010\u2011\t")
_ASCII_DIGITS = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Nik:
    """A NIK and what it says. `region_known` is False for a code not in use, as old ones are."""

    value: str = field(repr=False)
    birth_date: date = field(repr=False)
    sex: Literal["female", "male"]
    region_known: bool


def parse_nik(text: str, *, today: date) -> Nik:
    """Return the NIK in `text`, or raise an `InvalidError` that names the wrong part."""
    value = text.translate(_SEPARATORS)
    if not _ASCII_DIGITS.fullmatch(value):
        raise InvalidError("nik_digits")
    if len(value) != DIGITS:
        raise InvalidError("nik_length", count=str(len(value)))
    if "00" in (value[0:2], value[2:4], value[4:6]):
        raise InvalidError("nik_region")
    born = _birth_date(value[6:12], today)
    if value[12:] == "0000":
        raise InvalidError("nik_serial")
    return Nik(value, born, sex_of(value), value[:4] in regencies())


def sex_of(nik: str) -> Literal["female", "male"]:
    """Return the sex that a valid NIK says."""
    return "female" if int(nik[6:8]) > WOMAN_DAY else "male"


def regency_of(nik: str) -> str:
    """Return the code of province and regency with which a NIK begins."""
    return nik[:4]


def mask(nik: str) -> str:
    """Return the NIK with its middle hidden: birth date, sex and district."""
    return nik[:SHOWN] + "*" * (len(nik) - 2 * SHOWN) + nik[-SHOWN:]


@cache
def regions() -> Mapping[str, str]:
    """Return the name of every province, regency and city in use, by code."""
    with files("core.fields").joinpath("regions.csv").open(encoding="utf-8") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


@cache
def regencies() -> frozenset[str]:
    """Return the four-digit codes of every regency and city in use."""
    return frozenset(code for code in regions() if len(code) > 2)  # noqa: PLR2004 - two digits are a province


def _birth_date(digits: str, today: date) -> date:
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    day -= WOMAN_DAY if day > WOMAN_DAY else 0
    for century in (today.year // CENTURY * CENTURY, today.year // CENTURY * CENTURY - CENTURY):
        try:
            born = date(century + year, month, day)
        except ValueError:
            continue
        if born <= today:
            return born
    raise InvalidError("nik_date")
