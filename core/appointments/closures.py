"""Closing a day of a facility: its seats are locked at once, then each person is moved or told."""

from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

from core.appointments.day import DayOf, is_closed
from core.appointments.schedule import lock_facility
from core.database.statements import Connection, Statement, column_list, iso_utc

ANSWER_SECONDS: Final = 86_400  # within which a person may choose; then somebody calls

Offer = Literal["next_free", "choose", "cancel"]
COLUMNS: Final = ("id", "key", "campaign", "facility_code", "begins", "ends", "offer", "made_at")

_MADE_BY = Statement("SELECT id FROM closures WHERE key = :key")
_MAKE = Statement("""
    INSERT INTO closures (key, campaign, facility_code, begins, ends, offer, made_by, made_at)
    VALUES (:key, :campaign, :facility, :begins, :ends, :offer, :operator, :at)
    RETURNING id
""")
_OF_DAY: Final = """WHERE campaign = :campaign
      AND facility_code = :facility
      AND start >= :begins
      AND start < :ends"""
# In order, as bookings lock them.
_LOCK_SLOTS = Statement("SELECT id FROM slots {day} ORDER BY id FOR UPDATE", day=_OF_DAY)
# A trigger makes them full. A booking before it is seen later; one after it finds no seat.
_CLOSE_SLOTS = Statement("UPDATE slots SET closed = 1 {day} AND start > :at", day=_OF_DAY)
_REOPEN = Statement("""
    UPDATE closures
    SET reopened_at = :at
    WHERE campaign = :campaign
      AND facility_code = :facility
      AND begins = :begins
      AND reopened_at = ''
""")
_UNLOCK_SLOTS = Statement("UPDATE slots SET closed = 0 {day} AND closed = 1", day=_OF_DAY)
_UNFINISHED = Statement(
    "SELECT {columns} FROM closures WHERE done_at = '' ORDER BY id LIMIT 1",
    columns=column_list(COLUMNS),
)
_GET = Statement(
    "SELECT {columns} FROM closures WHERE id = :closure_id", columns=column_list(COLUMNS)
)
_DONE = Statement("UPDATE closures SET done_at = :at WHERE id = :closure_id")


class Closing(NamedTuple):
    """What an operator asks for: close the day, and offer those who are booked something else.

    `next_free`: each is moved to the next free seat there. `choose`: each is asked to choose, and
    called after a day without an answer. `cancel`: each is told that the appointment is off.
    """

    day: DayOf
    offer: Offer
    operator: str
    key: str
    at: datetime


class Closure(NamedTuple):
    """A closed day. Its times are ISO, in UTC."""

    id: int
    key: str
    campaign: str
    facility_code: str
    begins: str
    ends: str
    offer: Offer
    made_at: str


class NotClosed(NamedTuple):
    """Nothing was closed: the day is `past`, or `closed` already."""

    why: Literal["past", "closed"]


def close_day(connection: Connection, closing: Closing) -> Closure | NotClosed:
    """Lock the seats of the day that are still to come; the same call again finds its closure."""
    at = iso_utc(closing.at)
    lock_facility(connection, closing.day.facility.code)
    if made := connection.one(_MADE_BY, key=closing.key):
        return read_closure(connection, made[0])
    if closing.day.bounds["ends"] <= at:
        return NotClosed("past")
    if is_closed(connection, closing.day):
        return NotClosed("closed")
    by = {"key": closing.key, "offer": closing.offer, "operator": closing.operator}
    [(closure_id,)] = connection.all(_MAKE, **closing.day.bounds, **by, at=at)
    connection.all(_LOCK_SLOTS, **closing.day.bounds)
    connection.run(_CLOSE_SLOTS, **closing.day.bounds, at=at)
    return read_closure(connection, closure_id)


def reopen_day(connection: Connection, day: DayOf, at: datetime) -> bool:
    """Let the day's slots be opened again, full as they are; False if it was not closed."""
    lock_facility(connection, day.facility.code)
    here = {name: value for name, value in day.bounds.items() if name != "ends"}
    if not connection.run(_REOPEN, **here, at=iso_utc(at)):
        return False
    connection.all(_LOCK_SLOTS, **day.bounds)
    connection.run(_UNLOCK_SLOTS, **day.bounds)
    return True


def read_closure(connection: Connection, closure_id: int) -> Closure:
    """Return the closure with that id."""
    [row] = connection.all(_GET, closure_id=closure_id)
    return Closure._make(row)


def unfinished_closure(connection: Connection) -> Closure | None:
    """Return the oldest closure by which somebody is still to be moved or told."""
    row = connection.one(_UNFINISHED)
    return None if row is None else Closure._make(row)


def finish_closure(connection: Connection, closure_id: int, at: datetime) -> None:
    """Note that nobody is left to be moved or told."""
    connection.run(_DONE, closure_id=closure_id, at=iso_utc(at))


def answers_until(closure: Closure) -> datetime:
    """Return when those who have not chosen are to be called."""
    return datetime.fromisoformat(closure.made_at) + timedelta(seconds=ANSWER_SECONDS)
