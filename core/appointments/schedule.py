"""What an operator opens: facilities, and slots at them."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from core.appointments.facility import Facility
from core.appointments.slots import FACILITY_COLUMNS
from core.database.statements import Connection, Statement, column_list, iso_utc, parameter_list

_DETAILS = FACILITY_COLUMNS[1:]
_COUNT = Statement("SELECT count(*) FROM facilities")
_PUT = Statement(
    """
    INSERT INTO facilities ({columns})
    VALUES ({values})
    ON CONFLICT (code) DO UPDATE
    SET ({details}, demo) = ({new}, 0)
    WHERE ({old}, facilities.demo) IS DISTINCT FROM ({new}, 0)
    """,
    columns=column_list(FACILITY_COLUMNS),
    values=parameter_list(FACILITY_COLUMNS),
    details=column_list(_DETAILS),
    old=column_list(_DETAILS, of="facilities"),
    new=column_list(_DETAILS, of="excluded"),
)
_FIND = Statement("""
    SELECT id, booked, closed
    FROM slots
    WHERE campaign = :campaign
      AND facility_code = :facility
      AND dose = :dose
      AND start = :start
    FOR UPDATE
""")
# A day is closed, and slots are opened, one after the other.
_LOCK = Statement("SELECT code FROM facilities WHERE code = :facility FOR UPDATE")
_CLOSED = Statement("""
    SELECT id
    FROM closures
    WHERE campaign = :campaign
      AND facility_code = :facility
      AND begins <= :start
      AND ends > :start
      AND reopened_at = ''
    LIMIT 1
""")
_OPEN = Statement("""
    INSERT INTO slots (campaign, facility_code, dose, start, capacity)
    VALUES (:campaign, :facility, :dose, :start, :capacity)
""")
_REOPEN = Statement("""
    UPDATE slots
    SET capacity = CASE WHEN booked > :capacity THEN booked ELSE :capacity END
    WHERE id = :slot
""")


class Offer(NamedTuple):
    """What an operator opens at each time: seats at one facility for one dose of a campaign."""

    campaign: str
    facility: str
    dose: int
    capacity: int


class Opened(NamedTuple):
    """How many slots are new, existed before, and of those have more bookings than asked.

    `closed` are those that stay closed, as their day is.
    """

    new: int = 0
    again: int = 0
    full: int = 0
    closed: int = 0

    def with_more(self, more: "Opened") -> "Opened":
        """Return the sums of both."""
        return Opened(*map(sum, zip(self, more, strict=True)))


def count_facilities(connection: Connection) -> int:
    """Return how many facilities there are."""
    ((count,),) = connection.all(_COUNT)
    return int(count)


def put_facilities(connection: Connection, found: Iterable[Facility]) -> int:
    """Store facilities; return how many are new or changed."""
    return sum(put_facility(connection, facility) for facility in found)


def put_facility(connection: Connection, facility: Facility) -> bool:
    """Store a facility; return True if it is new or changed."""
    values = {name: getattr(facility, name) for name in FACILITY_COLUMNS}
    return bool(connection.run(_PUT, **values))


def open_slots(connection: Connection, offer: Offer, starts: Iterable[datetime]) -> Opened:
    """Open slots; set the capacity of those that exist, never below what is booked."""
    lock_facility(connection, offer.facility)
    opened = [_open_slot(connection, offer, iso_utc(start)) for start in starts]
    return Opened(*map(sum, zip(*opened, strict=True)))


def lock_facility(connection: Connection, code: str) -> None:
    """Let no other transaction open or close slots there before this one ends."""
    connection.all(_LOCK, facility=code)


def _open_slot(connection: Connection, offer: Offer, start: str) -> Opened:
    slot = {**offer._asdict(), "start": start}
    here = {name: slot[name] for name in ("campaign", "facility", "start")}
    found = connection.one(_FIND, **here, dose=offer.dose)
    if (found is not None and found[2]) or connection.one(_CLOSED, **here):
        return Opened(closed=1)
    if found is None:
        connection.run(_OPEN, **slot)
        return Opened(new=1)
    connection.run(_REOPEN, slot=found[0], capacity=offer.capacity)
    return Opened(again=1, full=found[1] > offer.capacity)
