"""What an operator opens: facilities, and slots at them."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.appointments.facility import Facility
from core.database.statements import Connection, Statement, given, stamp
from core.database.tables import facilities, slots

_columns = ("code", "name", "regency_code", "address", "latitude", "longitude")
_put = insert(facilities).values({name: given(name) for name in _columns})
_new = {**{name: _put.excluded[name] for name in _columns[1:]}, "demo": 0}
PUT_FACILITY = Statement(
    _put.on_conflict_do_update(
        index_elements=["code"],
        set_=_new,
        where=or_(*(facilities.c[name].is_distinct_from(value) for name, value in _new.items())),
    )
)
_this = (
    slots.c.campaign == given("campaign"),
    slots.c.facility_code == given("facility"),
    slots.c.dose == given("dose"),
    slots.c.start == given("start"),
)
_FIND = Statement(select(slots.c.id, slots.c.booked).where(*_this).with_for_update())
_OPEN = Statement(
    insert(slots).values(
        campaign=given("campaign"),
        facility_code=given("facility"),
        dose=given("dose"),
        start=given("start"),
        capacity=given("capacity"),
    )
)
_wanted = given("capacity")
_REOPEN = Statement(
    update(slots)
    .where(slots.c.id == given("slot"))
    .values(capacity=case((slots.c.booked > _wanted, slots.c.booked), else_=_wanted))
)


class Offer(NamedTuple):
    """What is opened at each time: seats at one facility for one dose of a campaign."""

    campaign: str
    facility: str
    dose: int
    capacity: int


class Opened(NamedTuple):
    """How many slots were opened, and opened again; `full` of these are booked beyond the wish."""

    new: int = 0
    again: int = 0
    full: int = 0


_COUNT = Statement(select(func.count()).select_from(facilities))


def count_facilities(connection: Connection) -> int:
    """Return how many there are."""
    ((count,),) = connection.all(_COUNT)
    return int(count)


def put_facilities(connection: Connection, found: Iterable[Facility]) -> int:
    """Keep facilities, or what has changed of them; return of how many anything had."""
    return sum(put_facility(connection, facility) for facility in found)


def put_facility(connection: Connection, facility: Facility) -> bool:
    """Keep a facility, or what has changed of it; say whether anything had."""
    values = {name: getattr(facility, name) for name in _columns}
    return bool(connection.run(PUT_FACILITY, **values))


def open_slots(connection: Connection, offer: Offer, starts: Iterable[datetime]) -> Opened:
    """Open seats; where there are some already, set how many, but never fewer than are booked."""
    new = again = full = 0
    for start in starts:
        slot = {**offer._asdict(), "start": stamp(start)}
        this = {name: value for name, value in slot.items() if name != "capacity"}
        found = connection.one(_FIND, **this)
        if found is None:
            connection.run(_OPEN, **slot)
            new += 1
            continue
        connection.run(_REOPEN, slot=found[0], capacity=offer.capacity)
        again += 1
        full += found[1] > offer.capacity
    return Opened(new, again, full)
