"""The three time zones of Indonesia, by province, and moments."""

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
    """Return the moment that is `seconds` after 1970 began."""
    return datetime.fromtimestamp(seconds, UTC)


def zone_of(region: str) -> str:
    """Return the zone of a region code (province, regency or a NIK): `WIB`, `WITA` or `WIT`."""
    return _ZONE_OF.get(region[:2], WIB)


def local(at: datetime, zone: str) -> datetime:
    """Return the moment with the offset of the zone."""
    return at.astimezone(timezone(timedelta(hours=_HOURS.get(zone, _HOURS[WIB])), zone))


def zone_at(at: datetime) -> str:
    """Return the zone whose offset the moment bears, or "" where that is none of ours."""
    offset = at.utcoffset()
    return next((zone for zone, hours in _HOURS.items() if offset == timedelta(hours=hours)), "")
