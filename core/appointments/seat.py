"""The seat that is offered first: the earliest one at the nearest facility."""

from typing import Final

from core.appointments import search_statements as sql
from core.appointments.requests import FindSeat, FoundSeat
from core.appointments.search import find_nearest, seeker_of
from core.appointments.slots import TimeWindow, first_slots
from core.database.statements import Connection

SEATS_MIN: Final = 2  # facilities: the seat of one may be taken while we look


def find_seat(connection: Connection, request: FindSeat, *, radius_km: int = 0) -> FoundSeat:
    """Return the seat, and where it is. It is not held. 0 is no radius."""
    seeker = seeker_of(connection, request, radius_km=radius_km)
    if seeker is None:
        return FoundSeat()
    found = find_nearest(connection, seeker, request.near, enough=SEATS_MIN)
    for facility, place in found.near:
        window = TimeWindow(seeker.after(facility.zone))
        for slot in first_slots(connection, facility, seeker.slot_filter, window, limit=1):
            return FoundSeat(place=place, slot=slot)
    opened = found.beyond or connection.one(sql.OPENED, **seeker.values)
    return FoundSeat(opened=opened is not None, beyond=found.beyond)
