"""What to offer instead of a seat that was just taken."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import islice

from core.appointments.facility import Facility
from core.appointments.requests import OTHERS_MAX, Book, Taken
from core.appointments.rules import SlotUnavailable
from core.appointments.search import Seeker, find_nearest, read_seeker
from core.appointments.slots import TimeWindow, first_slots, nearest_slots
from core.appointments.views import OpenSlot, Place
from core.database.statements import Connection
from core.fields.timezones import moment
from core.messages import Location


def find_others(
    connection: Connection, request: Book, *, unavailable: SlotUnavailable, radius_km: int = 0
) -> Taken:
    """Return other times at that facility, then the first time at each facility near."""
    at = moment(request.at)
    seeker = read_seeker(
        connection, request.number, dose=request.dose, at=at, since=unavailable.since
    )
    if seeker is None:
        return Taken(others=())
    seeker = replace(seeker, radius_km=radius_km)
    found = _others(connection, seeker, unavailable.requested, request.near)
    return Taken(others=tuple(islice(found, OTHERS_MAX)))


def _others(
    connection: Connection,
    seeker: Seeker,
    requested: tuple[Facility, datetime] | None,
    near: Location | None,
) -> Iterator[tuple[Place, OpenSlot]]:
    there = None
    if requested is not None:
        there, start = requested
        near = near or there.location
        after = seeker.after(there.zone)
        for slot in nearest_slots(connection, there, seeker.slot_filter, start, after=after):
            yield there.place(near), slot
    for other, place in find_nearest(connection, seeker, near).near:
        if other != there:
            window = TimeWindow(seeker.after(other.zone))
            for slot in first_slots(connection, other, seeker.slot_filter, window, limit=1):
                yield place, slot
