"""Appointments in memory, beside `core/turns/memory.py` and for the same uses."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

from core.appointments.facility import Facility, Home, named, order
from core.appointments.history import COUNTING
from core.appointments.notices import reminder_keys
from core.appointments.requests import (
    DATES_MAX,
    FACILITIES_MAX,
    OTHERS_MAX,
    STANDINGS_MAX,
    TIMES_MAX,
    Attend,
    Book,
    Booked,
    Cancel,
    Cancelled,
    FindDates,
    FindFacilities,
    FindTimes,
    FoundDates,
    FoundFacilities,
    FoundTimes,
    LookUp,
    NotBookable,
    OpenSlot,
    Place,
    Screen,
    StatusReport,
    Taken,
)
from core.appointments.rules import (
    Kept,
    Person,
    Screened,
    Wanted,
    Why,
    agreed,
    due_for,
    owed,
    why_not,
)
from core.appointments.slots import iso_day
from core.appointments.status import standing
from core.campaign import Doses
from core.fields.timezones import local, moment
from core.messages import Channel, Location
from core.outbox.message import Outgoing
from core.registration.intent import OutcomeKind
from core.registration.memory_proofs import MemoryProofs
from core.registration.number import draw_code
from core.turns.memory import MemoryRecord, MemoryRecords
from core.turns.perform import Doing


@dataclass(slots=True)
class MemorySlot:
    """A slot, and how many seats of it are taken."""

    campaign: str
    wanted: Wanted
    capacity: int
    booked: int = 0


class MemoryAppointments:
    """An `AppointmentStore` over the records in memory."""

    def __init__(
        self,
        records: MemoryRecords,
        *,
        doses: Doses | None = None,
        draw_bits: Callable[[], int] = int,
    ) -> None:
        """`draw_bits` gives random bits for the code of a ticket; without it all are alike."""
        self.facilities: dict[str, Facility] = {}
        self.slots: dict[int, MemorySlot] = {}
        self.kept: list[Kept] = []
        self.ended: dict[tuple[str, str], Kept] = {}  # by the key of what ended it, and how
        self.refused: dict[str, Why] = {}
        self.screens: dict[str, Screen] = {}
        self._records, self._doses, self._draw_bits = records, doses or Doses(), draw_bits

    def open_slot(
        self, facility: Facility, start: datetime, *, campaign: str, dose: int = 1, capacity: int
    ) -> int:
        """Open seats; return what the slot is called."""
        self.facilities[facility.code] = facility
        this = len(self.slots) + 1
        wanted = Wanted(this, dose, local(start, facility.zone), facility)
        self.slots[this] = MemorySlot(campaign, wanted, capacity)
        return this

    async def status(self, wish: LookUp) -> StatusReport:
        """Return what the person at this address may be told."""
        found = [
            (row.on_file.number, row.on_file.full_name, self._person(row))
            for (campaign, _), row in self._records.records.items()
            if campaign == wish.campaign and _proven(row, wish)
        ]
        found.sort(key=lambda one: one[2].phone != wish.address.value)  # their own first
        return StatusReport(
            registrations=tuple(
                standing(number, full_name, person, wish=wish, doses=self._doses)
                for number, full_name, person in found[:STANDINGS_MAX]
            ),
            in_review=any(
                outcome.kind is OutcomeKind.IN_REVIEW
                for intent, outcome in self._records.intents.values()
                if (intent.address, intent.campaign) == (wish.address, wish.campaign)
            ),
            more=len(found) > STANDINGS_MAX,
        )

    async def screen(self, wish: Screen) -> None:
        """Keep the answers to the screening questions."""
        self.screens.setdefault(wish.key, wish)

    async def find_facilities(self, wish: FindFacilities) -> FoundFacilities:
        """Return facilities with open seats, nearest first."""
        campaign, row = self._find(wish.number)
        if row is None:
            return FoundFacilities(places=())
        starts = self._open(campaign, wish.dose, moment(wish.at), iso_day(wish.since))
        with_seats = {slot.facility.code: slot.facility for slot in starts}
        found = order(with_seats.values(), self._home(row), wish.near)
        if wish.name:
            scores = named(wish.name, tuple([one.name for one, _ in found]))
            best = sorted(scores, key=lambda place: (-scores[place], place))
            found = [found[place] for place in best]
        places = tuple(place for _, place in found[:FACILITIES_MAX])
        ahead = self._ahead(campaign, wish.dose, moment(wish.at), iso_day(wish.since))
        return FoundFacilities(places=places, opened=any(slot.capacity for slot in ahead))

    async def find_dates(self, wish: FindDates) -> FoundDates:
        """Return the days on which there are open seats."""
        starts = self._open(wish.campaign, wish.dose, moment(wish.at), iso_day(wish.since))
        days = {one.start.date() for one in starts if one.facility.code == wish.facility}
        return FoundDates(dates=tuple(sorted(days)[:DATES_MAX]))

    async def find_times(self, wish: FindTimes) -> FoundTimes:
        """Return the times of a day at which there are open seats."""
        day = iso_day(wish.day)
        found = [
            OpenSlot(one.slot_id, one.start)
            for one in self._open(wish.campaign, wish.dose, moment(wish.at), day)
            if one.facility.code == wish.facility and one.start.date() == day
        ]
        return FoundTimes(slots=tuple(found[:TIMES_MAX]))

    async def book(self, wish: Book) -> Booked | Taken | NotBookable:
        """Take the seat, and give back the one before where the person changes; or neither."""
        campaign, row = self._find(wish.number)
        if row is None:
            return NotBookable(why="not_verified")
        person, at = self._person(row), moment(wish.at)
        first = next((kept for kept in self.kept if kept.booked_by == wish.key), None)
        if first is not None:
            changed = (wish.key, "changed") in self.ended
            return Booked(appointment=first.shown("booked"), changed=changed)
        slot, due = self.slots.get(wish.slot), due_for(wish, person, self._doses)
        wanted = slot.wanted if slot else None
        why = self.refused.get(wish.key) or why_not(wish, person, wanted, due)
        before = person.ahead(at)
        if slot is not None and why is None and self._has_seat(slot, before, at):
            return self._make(wish, person, slot, changed=before is not None)
        self.refused[wish.key] = why = why or "taken"
        if why == "taken":
            return self._taken(wish, row, campaign, since=due.since)
        return NotBookable(why=why)

    async def cancel(self, wish: Cancel) -> Cancelled:
        """Give the seat back."""
        if first := self.ended.get((wish.key, "cancelled")):
            return Cancelled(appointment=first.shown("cancelled"))
        _campaign, row = self._find(wish.number)
        person = None if row is None else self._person(row)
        booked = None if person is None else person.ahead(moment(wish.at))
        if person is None or booked is None:
            return Cancelled(appointment=None)
        ended = replace(booked, sequence=booked.sequence + 1)
        self._end(wish, ended, "cancelled")
        self._owe(wish, owed(wish, ended, person.phone, "cancelled"))
        return Cancelled(appointment=booked.shown("cancelled"))

    async def attend(self, wish: Attend) -> None:
        """Keep what became of the appointment whose time has passed."""
        _campaign, row = self._find(wish.number)
        past = None if row is None else self._person(row).past(moment(wish.at))
        if past is not None:
            self._end(wish, past, "attended" if wish.kept else "missed")

    def _find(self, number: str) -> tuple[str, MemoryRecord | None]:
        rows = self._records.records.items()
        same = ((of, row) for (of, _), row in rows if row.on_file.number == number)
        return next(same, ("", None))

    def _person(self, row: MemoryRecord) -> Person:
        number, this = row.on_file.number, id(row)
        said = [one for one in self.screens.values() if one.number == number]
        mine = [kept for kept in self.kept if kept.record_id == this]
        return Person(
            id=this,
            nik=row.on_file.nik,
            status=row.status,
            phone=row.on_file.phone,
            history=[kept for kept in mine if kept.status in COUNTING],
            screened=_screened(said[-1]) if said else None,
        )

    def _home(self, row: MemoryRecord) -> Home:
        listing = (self._records.roster or {}).get(row.on_file.nik)
        work = self.facilities.get(listing.facility_code) if listing else None
        regency = row.on_file.nik[:4]
        return Home(regency, work.code, work.regency_code) if work else Home(regency)

    def _open(self, campaign: str, dose: int, at: datetime, since: date | None) -> list[Wanted]:
        ahead = self._ahead(campaign, dose, at, since)
        found = (slot.wanted for slot in ahead if slot.booked < slot.capacity)
        return sorted(found, key=lambda wanted: wanted.start)

    def _ahead(
        self, campaign: str, dose: int, at: datetime, since: date | None
    ) -> list[MemorySlot]:
        return [
            slot
            for slot in self.slots.values()
            if (slot.campaign, slot.wanted.dose) == (campaign, dose)
            and slot.wanted.start > at
            and (since is None or slot.wanted.start.date() >= since)
        ]

    def _has_seat(self, slot: MemorySlot, before: Kept | None, at: datetime) -> bool:
        if before is not None and before.slot_id == slot.wanted.slot_id:
            return True
        return slot.booked < slot.capacity and slot.wanted.start > at

    def _make(self, wish: Book, person: Person, slot: MemorySlot, *, changed: bool) -> Booked:
        if person.booked is not None:
            self._end(wish, person.booked, "changed" if changed else "missed")
        last = max((kept.sequence for kept in self._all(person)), default=-1)
        code = draw_code(self._draw_bits())
        kept = agreed(wish, person, slot.wanted, code=code, sequence=last + 1)
        slot.booked += 1
        self.kept.append(replace(kept, id=len(self.kept) + 1))
        self._owe(wish, owed(wish, kept, person.phone, "changed" if changed else "booked"))
        return Booked(appointment=kept.shown("booked"), changed=changed)

    def _owe(self, wish: Book | Cancel, messages: Iterable[Outgoing]) -> None:
        _campaign, row = self._find(wish.number)
        for message in messages:
            to_other = message.channel is Channel.SMS and message.address != wish.address
            if row is not None and to_other:
                self._records.owe_unasked(row, message)
            else:
                self._records.outbox.owe(message)

    def _all(self, person: Person) -> Iterator[Kept]:
        return (kept for kept in self.kept if kept.record_id == person.id)

    def _end(self, wish: Book | Cancel | Attend, kept: Kept, status: str) -> None:
        """End it; the seat of one that is still ahead goes back."""
        self.kept[kept.id - 1] = replace(kept, status=status)
        self.ended[wish.key, status] = kept
        if status in {"changed", "cancelled"}:
            self.slots[kept.slot_id].booked -= 1
        self._records.outbox.withdraw(reminder_keys(kept.booked_by))

    def _taken(self, wish: Book, row: MemoryRecord, campaign: str, *, since: date | None) -> Taken:
        slot = self.slots.get(wish.slot)
        wanted = None if slot is None else slot.wanted
        there = None if wanted is None else wanted.facility
        near = wish.near or (there.location if there else None)
        starts = self._open(campaign, wish.dose, moment(wish.at), since)
        same = [one for one in starts if wanted is not None and one.facility == there]
        if wanted is not None:
            same.sort(key=lambda one: abs(one.start - wanted.start))
        first = {one.facility.code: one for one in reversed(starts) if one.facility != there}
        others = order((one.facility for one in first.values()), self._home(row), near)
        found = [*same, *(first[facility.code] for facility, _ in others)]
        return Taken(others=tuple(_offer(one, near) for one in found[:OTHERS_MAX]))


def doing_in_memory(records: MemoryRecords) -> Doing:
    """Return all effects carried out in memory."""
    return Doing(records, MemoryAppointments(records), MemoryProofs(records))  # type: ignore[arg-type]


def _proven(row: MemoryRecord, wish: LookUp) -> bool:
    """Say whether the registration may be told at that address."""
    if wish.proven:
        return row.on_file.number == wish.proven
    return row.on_file.addresses.get(wish.address, False)


def _screened(said: Screen) -> Screened:
    return Screened(said.version, said.outcome, iso_day(said.until), moment(said.at))


def _offer(wanted: Wanted, near: Location | None) -> tuple[Place, OpenSlot]:
    return wanted.facility.place(near), OpenSlot(wanted.slot_id, wanted.start)
