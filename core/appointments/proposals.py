"""Propose free seats to the people invited. Nothing is held: the first yes takes a seat."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.appointments.facility import Facility
from core.appointments.search import Seeker, find_nearest, home_of
from core.appointments.slots import OPEN_SLOT, read_facility
from core.database.statements import Connection, Plain, Statement
from core.fields.timezones import local
from core.registration.open_seats import FIRST_DOSE
from core.roster.invitation_words import Member, Seat
from core.roster.invitations import Draft

LEAD: Final = timedelta(days=1)  # the SMS may wait for the morning, and its reader for the evening
SLOTS_MAX: Final = 20  # of one facility that are proposed in a wave

_FREE = Statement(
    """
    SELECT id, start, capacity - booked
    FROM slots
    WHERE {open_slot}
      AND facility_code = :facility
      AND start > :after
    ORDER BY start
    LIMIT :limit
    """,
    open_slot=OPEN_SLOT,
)


class _Origin(NamedTuple):
    """Where people share the nearest seats: the workplace that the roster names, or home."""

    workplace: str
    regency: str


class _Free(NamedTuple):
    seat: Seat
    left: int


class Proposer:
    """Proposes the nearest free seats in one wave, each time only to as many as it has seats left.

    It searches once for each workplace or regency.
    """

    def __init__(self, campaign: str, *, radius_km: int) -> None:
        self._campaign, self._radius_km = campaign, radius_km
        self._near: dict[_Origin, Iterator[_Free]] = {}
        self._next: dict[_Origin, _Free | None] = {}
        self._asked = Counter[int]()

    def __call__(
        self, connection: Connection, members: Sequence[Member], at: datetime
    ) -> Mapping[int, Seat]:
        """Return the seats to propose by member id; a member with no seat near is left out."""
        found: dict[int, Seat] = {}
        for member in members:
            if (seat := self._propose(connection, member, at)) is not None:
                found[member.id] = seat
        return found

    def _propose(self, connection: Connection, member: Member, at: datetime) -> Seat | None:
        origin = _Origin(member.facility_code, member.nik[:4])
        if origin not in self._near:
            self._near[origin] = iter(self._search(connection, origin, at))
            self._next[origin] = next(self._near[origin], None)
        while (free := self._next[origin]) is not None:
            if self._asked[free.seat.slot] < free.left:
                self._asked[free.seat.slot] += 1
                return free.seat
            self._next[origin] = next(self._near[origin], None)
        return None

    def _search(self, connection: Connection, origin: _Origin, at: datetime) -> Sequence[_Free]:
        work = read_facility(connection, origin.workplace) if origin.workplace else None
        place = (work.code, work.regency_code, work.latitude, work.longitude) if work else None
        seeker = Seeker(
            campaign=self._campaign,
            home=home_of(origin.regency, *(place or (None,) * 4)),
            dose=FIRST_DOSE,
            at=at + LEAD,
            since=None,
            radius_km=self._radius_km,
        )
        near = find_nearest(connection, seeker, None).near
        return [one for facility, _ in near for one in _free(connection, seeker, facility)]


def proposing(draft: Draft, *, asks_registry: bool) -> Draft:
    """Return the draft with seats to propose; unchanged if another system verifies people."""
    if asks_registry:
        return draft
    campaign = draft.words.campaign
    proposer = Proposer(campaign.id, radius_km=campaign.places.radius_km)
    return replace(draft, propose=proposer)


def _free(connection: Connection, seeker: Seeker, facility: Facility) -> Iterator[_Free]:
    where: dict[str, Plain] = {"facility": facility.code, "after": seeker.after(facility.zone)}
    slots = seeker.slot_filter._asdict()
    for row_id, start, left in connection.all(_FREE, **slots, **where, limit=SLOTS_MAX):
        begins = local(datetime.fromisoformat(start), facility.zone)
        yield _Free(Seat(row_id, facility.name, begins, facility.town), left)
