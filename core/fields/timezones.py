"""The three time zones of Indonesia, by province."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

WIB: Final = "WIB"
_HOURS: Final = {WIB: 7, "WITA": 8, "WIT": 9}
PROVINCES: Final = {  # those that are not in WIB
    "WITA": ("51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"),
    "WIT": ("81", "82", "91", "92", "93", "94", "95", "96", "97"),
}
_ZONE_OF: Final = {province: zone for zone, codes in PROVINCES.items() for province in codes}


def moment(seconds: int) -> datetime:
    """Return the UTC time that is `seconds` after 1970 began."""
    return datetime.fromtimestamp(seconds, UTC)


def zone_of(region: str) -> str:
    """Return the zone of a region code (of a province, a regency or a NIK)."""
    return _ZONE_OF.get(region[:2], WIB)


def local(at: datetime, zone: str) -> datetime:
    """Return the same time with the offset of `WIB`, `WITA` or `WIT`."""
    return at.astimezone(timezone(timedelta(hours=_HOURS.get(zone, _HOURS[WIB])), zone))


def zone_at(at: datetime) -> str:
    """Return the zone with the offset of `at`, or "" if there is none."""
    offset = at.utcoffset()
    return next((zone for zone, hours in _HOURS.items() if offset == timedelta(hours=hours)), "")
