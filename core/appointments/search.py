"""Searching facilities with seats left: the nearest, or by name.

Each facility costs one seek in the index of open slots, so the search tries few of them: growing
rings around the location that the person shared, or around where they work or live. If that is
unknown, it tries their regency first, then their province, then the country.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from math import cos, radians
from typing import Final, NamedTuple

from core.appointments import search_statements as sql
from core.appointments.facility import Facility, Home, match_names, order_facilities
from core.appointments.requests import FACILITIES_MAX, FindFacilities, FindSeat, FoundFacilities
from core.appointments.slots import FACILITY_COLUMNS, SlotFilter, facility_of, iso_day, lower_bound
from core.appointments.views import Place
from core.database.statements import Connection, Plain, Row
from core.fields.timezones import PROVINCES, WIB, moment
from core.fields.towns import regency_near, town_of
from core.messages import Location

NAMED_MAX = 500  # that are looked through for seats
RINGS_KM: Final = (5.0, 20.0, 80.0, 320.0)
_REGENCY: Final = FACILITY_COLUMNS.index("regency_code")
_KM_A_DEGREE: Final = 111.0  # rounded down: a ring's box may be too wide, never too narrow

Ordered = list[tuple[Facility, Place]]


class Nearest(NamedTuple):
    """Facilities with open seats, nearest first; `beyond` is the first outside the radius."""

    near: Ordered
    beyond: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeker:
    """A person who looks for a seat, and the bounds on what may be offered.

    Nothing beyond `radius_km` is near; 0 is no radius.
    """

    campaign: str
    home: Home
    dose: int
    at: datetime
    since: date | None
    radius_km: int = 0

    @property
    def slot_filter(self) -> SlotFilter:
        """Return the campaign and dose of the slots searched."""
        return SlotFilter(self.campaign, self.dose)

    @property
    def values(self) -> dict[str, Plain]:
        """Return the parameters that all statements of a search share."""
        bounds = {zone.lower(): self.after(zone) for zone in (WIB, *PROVINCES)}
        return {**self.slot_filter._asdict(), **bounds}

    def after(self, zone: str) -> str:
        """Return the ISO time after which a slot in that zone must start."""
        return lower_bound(self.at, self.since, zone)


def find_facilities(
    connection: Connection, request: FindFacilities, *, radius_km: int = 0
) -> FoundFacilities:
    """Return the first facilities with open seats, in order; 0 is no radius."""
    seeker = seeker_of(connection, request, radius_km=0 if request.anywhere else radius_km)
    if seeker is None:
        return FoundFacilities(places=())
    if request.name:
        here = request.near or seeker.home.location
        found = Nearest(_find_by_name(connection, seeker, request.name, here))
    else:
        found = find_nearest(connection, seeker, request.near)
    seen = bool(found.near or found.beyond or request.name)
    opened = seen or connection.one(sql.OPENED, **seeker.values) is not None
    places = tuple(place for _, place in found.near)
    return FoundFacilities(places=places, opened=opened, beyond=found.beyond)


def seeker_of(
    connection: Connection, request: FindFacilities | FindSeat, *, radius_km: int
) -> Seeker | None:
    """Return the person the request is about, searching within the radius; 0 is no radius."""
    seeker = read_seeker(
        connection,
        request.number,
        dose=request.dose,
        at=moment(request.at),
        since=iso_day(request.since),
    )
    return None if seeker is None else replace(seeker, radius_km=radius_km)


def read_seeker(
    connection: Connection, number: str, *, dose: int, at: datetime, since: date | None
) -> Seeker | None:
    """Return the person with that registration number."""
    row = connection.one(sql.SEEKER, number=number)
    if row is None:
        return None
    campaign, nik, *work = row
    home = home_of(nik, *work)
    return Seeker(campaign=campaign, home=home, dose=dose, at=at, since=since)


def home_of(
    nik: str,
    workplace: str | None,
    regency: str | None,
    latitude: float | None,
    longitude: float | None,
) -> Home:
    """Return where a person lives (from the NIK) and works (from the facility's columns)."""
    there = None if latitude is None or longitude is None else Location(latitude, longitude)
    return Home(nik[:4], workplace or "", regency or "", there)


def find_nearest(
    connection: Connection, seeker: Seeker, near: Location | None, *, enough: int = FACILITIES_MAX
) -> Nearest:
    """Return the facilities with open seats that are nearest, at most `FACILITIES_MAX`.

    Near is near `near`, or else near where the person works or lives. The search goes no farther
    than it finds `enough` of them, or any at all once it has passed the radius.
    """
    here = near or seeker.home.location
    if here is None:
        return Nearest(_by_region(connection, seeker))
    unplaced, radius_km = _unplaced(connection, seeker, near), seeker.radius_km or float("inf")
    for ring in RINGS_KM:
        rows = connection.all(sql.IN_BOX, **seeker.values, **box(here, ring))
        found = _order([*rows, *unplaced], seeker, here)
        within = _within(found, here, ring)
        if len(within) >= enough or (within and ring >= radius_km):
            return _split(within, seeker, here)
    limit = {"limit": 2 * FACILITIES_MAX}
    rows = connection.all(sql.FARTHER, **seeker.values, **_center(here), **limit)
    return _split(_order([*rows, *unplaced], seeker, here), seeker, here)


def _unplaced(connection: Connection, seeker: Seeker, near: Location | None) -> Sequence[Row]:
    """Return the facilities of the person's regency without coordinates."""
    home = seeker.home
    regency = regency_near(near) if near else home.workplace_regency or home.regency
    where: dict[str, Plain] = {"regency": regency, "limit": 2 * FACILITIES_MAX}
    return connection.all(sql.UNPLACED, **seeker.values, **where)


def _order(rows: Iterable[Row], seeker: Seeker, here: Location) -> Ordered:
    found = {row[0]: facility_of(row) for row in rows}
    return order_facilities(found.values(), seeker.home, here)


def _within(found: Ordered, here: Location, km: float) -> Ordered:
    return [one for one in found if (one[0].km_from(here) or 0.0) <= km]


def _split(found: Ordered, seeker: Seeker, here: Location) -> Nearest:
    """Return the facilities within the radius; if there are none, the nearest beyond it."""
    near = _within(found, here, seeker.radius_km or float("inf"))
    beyond = found[0][1] if found and not near else None
    return Nearest(near[:FACILITIES_MAX], beyond)


def _by_region(connection: Connection, seeker: Seeker) -> Ordered:
    found: dict[str, Facility] = {}
    for rows in _regions(connection, seeker):
        found |= {row[0]: facility_of(row) for row in rows}
        if len(found) >= FACILITIES_MAX:
            break
    return order_facilities(found.values(), seeker.home, None)[:FACILITIES_MAX]


def _regions(connection: Connection, seeker: Seeker) -> Iterator[Sequence[Row]]:
    """Yield facilities of wider and wider regions; each may repeat those before."""
    limits: dict[str, Plain] = {**seeker.values, "limit": 2 * FACILITIES_MAX}
    own, work = seeker.home.regency, seeker.home.workplace_regency
    for low, high in (
        (own, own),
        (work, work),
        (f"{own[:2]}00", f"{own[:2]}99"),
        (f"{work[:2]}00", f"{work[:2]}99"),
    ):
        if low and high:
            region = {"low": low, "high": high, "workplace": seeker.home.workplace}
            yield connection.all(sql.IN_REGENCIES, **limits, **region)
    yield connection.all(sql.ANYWHERE, **limits)


def _find_by_name(
    connection: Connection, seeker: Seeker, typed: str, near: Location | None
) -> Ordered:
    rows = connection.all(sql.ALL)
    scores = match_names(typed, tuple([f"{row[1]} {town_of(row[_REGENCY])}" for row in rows]))
    alike = {rows[place][0]: score for place, score in scores.items()}
    matches = order_facilities((facility_of(rows[place]) for place in scores), seeker.home, near)
    matches.sort(key=lambda one: -alike[one[0].code])  # stable: the nearest first among equals
    found: Ordered = []
    likely = matches[:NAMED_MAX]
    for first in range(0, len(likely), sql.CHUNK):
        chunk = likely[first : first + sql.CHUNK]
        codes = {f"code_{place}": one[0].code for place, one in enumerate(chunk)}
        spare = {f"code_{place}": "" for place in range(len(chunk), sql.CHUNK)}
        rows = connection.all(sql.OF_THESE, **seeker.values, **codes, **spare)
        seats = {row[0] for row in rows}
        found += [one for one in chunk if one[0].code in seats]
        if len(found) >= FACILITIES_MAX:
            break
    return found[:FACILITIES_MAX]


def _center(near: Location) -> dict[str, Plain]:
    narrowing = cos(radians(near.latitude))
    return {"latitude": near.latitude, "longitude": near.longitude, "narrowing": narrowing}


def box(near: Location, ring_km: float) -> dict[str, Plain]:
    """Return the box around a ring of that radius, as `IN_BOX` takes it."""
    up = ring_km / _KM_A_DEGREE
    across = up / max(cos(radians(min(abs(near.latitude) + up, 90.0))), 1e-6)
    return {
        "south": near.latitude - up,
        "north": near.latitude + up,
        "west": near.longitude - across,
        "east": near.longitude + across,
    }
