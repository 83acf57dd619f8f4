"""Offering seats that came free to those who wait, one step in a transaction.

Two jobs may run: each step locks the person, and looks again.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.appointments import booking_statements as booking
from core.appointments import standby_statements as sql
from core.appointments.contact import written_by
from core.appointments.facility import Facility
from core.appointments.history import lock_person
from core.appointments.notices import LEAVE_SECONDS
from core.appointments.rules import VERIFIED, Person
from core.appointments.slots import facility_of
from core.appointments.standby import OFFER_SECONDS, end_offer, offer_key
from core.database.statements import Connection, Plain, iso_utc
from core.fields.timezones import PROVINCES, WIB, local
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.quiet_hours import after_quiet_hours
from core.outbox.receipts import WITHHELD
from core.outbox.store import enqueue
from core.outbox.withholding import enqueue_unasked, status_of
from core.registration.terms import Terms

_HELD: Final = timedelta(seconds=OFFER_SECONDS)
_NEVER: Final = "9999"  # after this, no slot starts


class _Door(NamedTuple):
    kind: str
    value: str
    channel: str
    language: str


class _Seat(NamedTuple):
    slot: int
    campaign: str
    dose: int
    start: datetime  # with the facility's UTC offset
    facility: Facility


def release_next(connection: Connection, at: datetime) -> bool:
    """End the next offer that is void, and give its seat back; return False if there is none."""
    row = connection.one(sql.DUE, at=iso_utc(at))
    if row is None:
        return False
    row_id, number = row
    lock_person(connection, number)
    offered = connection.one(sql.OFFERED, row_id=row_id)
    if offered is not None:
        *_, expires_at, _, closed = offered
        kept = closed and expires_at > iso_utc(at)
        end_offer(connection, row_id, "waiting" if kept else "lapsed")
    return True


def offer_next(connection: Connection, *, at: datetime, terms: Terms) -> bool:
    """Hold the next free seat for who waits longest near it; return False if there is none."""
    found = connection.one(sql.SEAT, **_bounds(at))
    if found is None:
        return False
    slot, campaign, dose, start, *place = found
    facility = facility_of(tuple(place))
    begins = local(datetime.fromisoformat(start), facility.zone)
    seat = _Seat(slot, campaign, dose, begins, facility)
    where: dict[str, Plain] = {"campaign": campaign, "dose": dose, "start": start}
    first = connection.one(sql.FIRST_WAITING, **where, regency=facility.regency_code)
    if first is None:
        return True  # it was somebody else's, just now
    row_id, number = first
    person = lock_person(connection, number)
    door = connection.one(sql.WAITING, row_id=row_id)
    if door is None:
        return True
    *_, linked = door
    if not linked or person is None or not _may_take(person, seat, terms, at):
        connection.run(sql.END, row_id=row_id, status="ended", key="")
    elif connection.run(booking.TAKE, slot=slot, now=iso_utc(at)):
        times = {"at": iso_utc(at), "expires_at": iso_utc(at + _HELD)}
        connection.run(sql.OFFER, row_id=row_id, slot=slot, **times)
        message = _message(offer_key(row_id, times["at"]), number, seat, _Door(*door[:4]), at)
        if not _told(connection, message, person.id, terms):
            end_offer(connection, row_id, "ended")
    return True


def may_offer(at: datetime, zone: str) -> bool:
    """Return True if a person is written to now, and the deadline comes before the night."""
    return all(after_quiet_hours(one, zone) == one for one in (at, at + _HELD))


def _bounds(at: datetime) -> dict[str, Plain]:
    """Return, for each zone, the ISO time after which a seat must start to be offered now."""
    soonest = iso_utc(at + _HELD + timedelta(seconds=LEAVE_SECONDS))
    return {zone.lower(): soonest if may_offer(at, zone) else _NEVER for zone in (WIB, *PROVINCES)}


def _may_take(person: Person, seat: _Seat, terms: Terms, at: datetime) -> bool:
    due = person.due(terms.doses, at)
    in_time = due.since is None or seat.start.date() >= due.since
    return (
        person.status == VERIFIED and person.booked is None and due.dose == seat.dose and in_time
    )


def _told(connection: Connection, message: Outgoing, record_id: int, terms: Terms) -> bool:
    """Queue the offer; return False if no SMS may reach the person."""
    if message.channel is not Channel.SMS:
        enqueue(connection.of_record(record_id), message)
        return True
    enqueue_unasked(connection, message, record_id=record_id, countries=terms.countries)
    return status_of(connection, message.key) != WITHHELD


def _message(key: str, number: str, seat: _Seat, door: _Door, at: datetime) -> Outgoing:
    address = Address(AddressKind(door.kind), door.value)
    return Outgoing(
        key=key,
        channel=written_by(address, Channel(door.channel)),
        address=address,
        reply=Reply((_words(number, seat, at + _HELD),), door.language, ends=True),
        created_at=at,
        answers_request=False,
        not_after=at + _HELD,
        quiet=seat.facility.zone,
    )


def _words(number: str, seat: _Seat, expires: datetime) -> Prompt:
    until = local(expires, seat.facility.zone)
    values = {
        "number": number,
        "facility": f"@text:{seat.facility.name}",
        "date": f"@date:{seat.start.date().isoformat()}",
        "time": f"@time:{seat.start.isoformat(timespec='minutes')}",
        "until": f"@time:{until.isoformat(timespec='minutes')}",
    }
    return Prompt("seat_offered", values)
