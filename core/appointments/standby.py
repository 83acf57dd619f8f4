"""Waiting for a seat that comes free, and giving up the one that is offered.

An offer ends the wait, whatever is answered: nobody is written to twice for one wait. Only a
closed day gives the person their place back.
"""

from collections.abc import Mapping
from typing import Final, Literal

from core.appointments import booking_statements as booking
from core.appointments import standby_statements as sql
from core.appointments.contact import contact_of, written_by
from core.appointments.facility import Home, order_facilities
from core.appointments.history import lock_person
from core.appointments.requests import NotBookable
from core.appointments.rules import VERIFIED
from core.appointments.search import RINGS_KM, box, read_seeker
from core.appointments.slots import facility_of, midnight
from core.appointments.standby_requests import Wait, Waiting
from core.database.statements import Connection, Plain, iso_utc
from core.fields.timezones import WIB, moment
from core.fields.towns import regency_near
from core.messages import AddressKind, Location
from core.outbox.store import withdraw
from core.registration.addresses import address_columns
from core.registration.terms import Terms

OFFER_SECONDS: Final = 7_200  # within which a seat is held for an answer

_NO_REGENCY: Final = ("0000", "9999")
EndStatus = Literal["waiting", "booked", "declined", "lapsed", "ended"]


def wait(connection: Connection, request: Wait, *, terms: Terms) -> Waiting | NotBookable:
    """Let the person wait; who waits already keeps the place, and may change the door."""
    person = lock_person(connection, request.number)
    if person is None or person.status != VERIFIED:
        return NotBookable(why="not_verified")
    if person.waits(terms.screening, moment(request.at)):
        return NotBookable(why="waits")
    door = _door(connection, person.id, request)
    if door is None:
        return NotBookable(why="not_verified")  # no phone of theirs is on file
    due = person.due(terms.doses, moment(request.at))
    if person.booked is not None:
        return NotBookable(why="other_appointment")
    if due.dose != request.dose:
        return NotBookable(why="too_early")
    seeker = read_seeker(connection, request.number, dose=0, at=moment(request.at), since=None)
    home = seeker.home if seeker else Home(person.nik[:4])
    low, high = _region(connection, home, request.near, terms.places.radius_km or RINGS_KM[-1])
    since = "" if due.since is None else iso_utc(midnight(due.since, WIB))  # the last midnight
    wish: dict[str, Plain] = {
        "dose": request.dose,
        "low": low,
        "high": high,
        "not_before": since,
        **door,
    }
    live = connection.one(sql.LIVE, record_id=person.id)
    if live is not None:
        connection.run(sql.MOVE, row_id=live[0], **wish)
        return Waiting()
    mine: dict[str, Plain] = {
        "record_id": person.id,
        "key": request.key,
        "campaign": request.campaign,
    }
    connection.run(sql.JOIN, **mine, **wish, at=iso_utc(moment(request.at)))
    return Waiting()


def end_offer(connection: Connection, row_id: int, status: EndStatus, *, key: str = "") -> bool:
    """Give the held seat back, and end the offer; False if there is none. The person is locked."""
    offered = connection.one(sql.OFFERED, row_id=row_id)
    if offered is None or not connection.run(sql.END, row_id=row_id, status=status, key=key):
        return False
    slot, offered_at, *_ = offered
    connection.run(booking.GIVE_BACK, slot=slot)
    withdraw(connection, [offer_key(row_id, offered_at)])
    return True


def offer_key(row_id: int | str, offered_at: str) -> str:
    """Return the key of the message that offers a seat."""
    return f"standby/{row_id}/{offered_at}"


def _door(connection: Connection, record_id: int, request: Wait) -> Mapping[str, str] | None:
    """Return where a seat is offered, as columns: for a browser, to the phone on file, if any."""
    address = request.address
    if address.kind is not AddressKind.WEB:
        channel = written_by(address, request.channel)
        return {**address_columns(address), "channel": channel.value}
    found = contact_of(connection, record_id).address
    if found is None or not found.by_network:
        return None
    return {**address_columns(found), "channel": request.channel.value}


def _region(
    connection: Connection, home: Home, near: Location | None, radius_km: float
) -> tuple[str, str]:
    """Return the range of regency codes that are near the place shared, else work, else home.

    A regency without a facility counts as that of the nearest facility within the radius, if any;
    else it stands for itself, in case one opens there. Of an unknown regency the province is near
    if it has a facility, else the country.
    """
    here = near or home.location
    own = regency_near(near) if near else home.workplace_regency or home.regency
    if here is None:
        whole = (f"{own[:2]}00", f"{own[:2]}99")
        return whole if connection.one(sql.PLACE_IN, low=whole[0], high=whole[1]) else _NO_REGENCY
    if not connection.one(sql.PLACE_IN, low=own, high=own):
        own = _nearest(connection, here, radius_km) or own
    return own, own


def _nearest(connection: Connection, here: Location, radius_km: float) -> str:
    """Return the regency of the nearest facility, "" if none is within the radius."""
    for ring in (*(ring for ring in RINGS_KM if ring < radius_km), radius_km):
        rows = connection.all(sql.IN_BOX, **box(here, ring))
        found = order_facilities(map(facility_of, rows), Home(""), here)
        if found and (found[0][0].km_from(here) or 0.0) <= ring:
            return found[0][0].regency_code
    return ""
