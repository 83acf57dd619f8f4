"""Which NIKs on file could be this one mistyped, found by a few index look-ups.

One slip makes some 260 other NIKs, too many to look up each. But a look-alike also has the same
birth date or the same phone, and the birth date stands in the NIK: region (6), birth date (6),
serial (4). With the same birth date, a slip lies in the region (the tail is the same), in the
serial (the head is the same), in both (two swapped digits) or in the digit that tells the sex.
"""

from itertools import product
from typing import Final

_REGION: Final = range(6)
_SEX: Final = 6  # the first digit of the day; a woman's is 4 more
_SERIAL: Final = range(12, 16)
WRITTEN_MAX: Final = 36  # of `written_otherwise`: itself, 24 and 1 and 10


def head(nik: str) -> str:
    """Return region and birth date."""
    return nik[: _SERIAL.start]


def tail(nik: str) -> str:
    """Return birth date and serial."""
    return nik[_REGION.stop :]


def written_otherwise(nik: str) -> tuple[str, ...]:
    """Return `WRITTEN_MAX` NIKs: this one and those with a slip that `head` and `tail` miss."""
    places = [*_REGION, *_SERIAL]
    other_sex = chr(ord(nik[_SEX]) ^ 4)  # 0-3 and 4-7
    found = [nik, nik[:_SEX] + other_sex + nik[_SEX + 1 :]]
    found += (_swap(nik, left, right) for left, right in product(_REGION, _SERIAL))
    found += (_swap(nik, _SEX, place) for place in places if nik[place] == other_sex)
    return (*found, *[nik] * (WRITTEN_MAX - len(found)))


def one_slip_apart(one: str, other: str) -> bool:
    """Say whether one changed digit or two swapped ones make one NIK of the other."""
    apart = [(mine, its) for mine, its in zip(one, other, strict=True) if mine != its]
    return len(apart) == 1 or (len(apart) == 2 and apart[0] == apart[1][::-1])  # noqa: PLR2004 - two places


def _swap(nik: str, left: int, right: int) -> str:
    low, high = min(left, right), max(left, right)
    return nik[:low] + nik[high] + nik[low + 1 : high] + nik[low] + nik[high + 1 :]
