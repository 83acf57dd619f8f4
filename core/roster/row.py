"""One row of a roster file: an entry, or its fault. Pure."""

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple

from core.fields.cell import Fault, FaultyError, bare_nik, needed, tidy, unforced
from core.fields.invalid import InvalidError
from core.fields.nik import parse_nik
from core.fields.phone import parse_phone

COLUMNS: Final = ("nik", "full_name", "profession", "facility_code", "phone")
NEEDED: Final = ("nik", "full_name")
NAME_CHARACTERS_MAX = 120  # with all degrees
TEXT_CHARACTERS_MAX = 60  # of a profession, in whatever words
CODE_CHARACTERS_MAX = 40  # of a facility
ROWS_MAX: Final = 4_000  # entries that are handed over, and written in one transaction
DATES_KEPT = 65_536  # cached: over a century of days, of either sex
TEXTS_KEPT = 16_384  # cached: professions and facilities, which repeat

_PROBLEMS: Final = {
    "nik_digits": "has something else than digits",
    "nik_length": "has {count} digits; should have 16",
    "nik_region": "names no region (digits 1 to 6)",
    "nik_date": "holds no date of birth (digits 7 to 12)",
    "nik_serial": "ends in 0000",
    "phone_unclear": "is no telephone number; the row is used without it",
    "phone_not_mobile": "is no mobile number; the row is used without it",
}
_NIK = re.compile(r"[0-9]{16}")
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z .,'`()/-]*")
_EXPONENT = re.compile(r"[0-9.,]+[eE]\+?[0-9]+")
# Parses most Indonesian mobile numbers as phonenumbers does, a hundred times as fast. A bare `62`
# may begin a number without a country code, unless the number is long.
_MOBILE = re.compile(r"(?:\+62|0|62(?=[0-9]{10})|)(8[1-35-9][0-9]{7,10})")
_FLOAT = re.compile(r"[0-9]+\.0")  # `81234567890.0`: its last 0 is no digit of the number
_SEPARATORS = str.maketrans("", "", " -.()")


class Entry(NamedTuple):
    """An entitled person, as stored."""

    nik: str
    full_name: str
    profession: str
    facility_code: str
    phone: str | None


def read_entry(
    cells: Sequence[str], *, today: date, country: str
) -> tuple[Entry | None, Fault | None]:
    """Return the entry in the cells (`COLUMNS`, in that order), and the first fault.

    An unusable telephone is dropped and reported; the entry counts without it. Any other fault
    leaves no entry.
    """
    nik, full_name, profession, facility_code, phone = cells
    try:
        person = _nik(nik, today), _name(full_name)
        profession = _text("profession", profession, TEXT_CHARACTERS_MAX)
        facility_code = _code(facility_code)
    except FaultyError as error:
        return None, error.fault
    try:
        return Entry(*person, profession, facility_code, _phone(phone, country)), None
    except InvalidError as error:
        fault = Fault("phone", _PROBLEMS[error.code])
        return Entry(*person, profession, facility_code, None), fault


def _nik(text: str, today: date) -> str:
    if (
        _NIK.fullmatch(text)
        and text[12:] != "0000"
        and "00" not in (text[:2], text[2:4], text[4:6])
        and _is_birth_date(text[6:12], today)
    ):
        return text
    text = bare_nik(text)
    if not text:
        raise FaultyError("nik", "is empty")
    if _EXPONENT.fullmatch(text):
        raise FaultyError("nik", "was rounded by a spreadsheet; keep the column as text")
    try:
        return parse_nik(text, today=today).value
    except InvalidError as error:
        raise FaultyError("nik", _PROBLEMS[error.code].format(**error.facts)) from None


@lru_cache(maxsize=DATES_KEPT)
def _is_birth_date(digits: str, today: date) -> bool:
    try:
        return bool(parse_nik(f"110101{digits}0001", today=today))
    except InvalidError:
        return False


def _name(text: str) -> str:
    name = " ".join(text.split())
    if _PLAIN_NAME.fullmatch(name) and len(name) <= NAME_CHARACTERS_MAX:
        return name
    name = needed("full_name", text, NAME_CHARACTERS_MAX)
    if not name[0].isalpha() or any(char.isnumeric() for char in name):
        raise FaultyError("full_name", "is no name")
    return name


_text = lru_cache(maxsize=TEXTS_KEPT)(tidy)


@lru_cache(maxsize=TEXTS_KEPT)
def _code(text: str) -> str:
    return tidy("facility_code", unforced(text), CODE_CHARACTERS_MAX)


def _phone(text: str, country: str) -> str | None:
    if not text or text.isspace():
        return None
    if not text.isdecimal():
        text = unforced(text)
        text = text.removesuffix(".0") if _FLOAT.fullmatch(text) else text
    bare = text if text.isdecimal() else text.translate(_SEPARATORS)
    if country == "ID" and (found := _MOBILE.fullmatch(bare)):
        return f"+62{found[1]}"
    return parse_phone(text.strip(), country=country)
