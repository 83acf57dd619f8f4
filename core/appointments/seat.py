"""The seat that is offered first: the earliest one at the nearest facility."""

from core.appointments import search_statements as sql
from core.appointments.requests import FindSeat, FoundSeat
from core.appointments.search import nearest, read_seeker
from core.appointments.slots import TimeWindow, first_slots, iso_day
from core.database.statements import Connection
from core.fields.timezones import moment


def find_seat(connection: Connection, request: FindSeat) -> FoundSeat:
    """Return the seat, and where it is. It is not held."""
    seeker = read_seeker(
        connection,
        request.number,
        dose=request.dose,
        at=moment(request.at),
        since=iso_day(request.since),
    )
    if seeker is None:
        return FoundSeat()
    for facility, place in nearest(connection, seeker, request.near):
        window = TimeWindow(seeker.after(facility.zone))
        for slot in first_slots(connection, facility, seeker.slot_filter, window, limit=1):
            return FoundSeat(place=place, slot=slot)
    return FoundSeat(opened=connection.one(sql.OPENED, **seeker.values) is not None)
