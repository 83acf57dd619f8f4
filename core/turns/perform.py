"""Carry out what the conversation decided on: one effect, one row, one operation on the database.

An operation is a plain function of a `Connection` and of the effect. Doing it twice does no harm,
and the second gets the same answer wherever something was written.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from core.appointments.booking import Terms, attend, book, cancel, screen
from core.appointments.others import find_others
from core.appointments.requests import (
    Attend,
    Book,
    Booked,
    Cancel,
    FindDates,
    FindFacilities,
    FindTimes,
    LookUp,
    NotBookable,
    Screen,
    Taken,
)
from core.appointments.rules import SlotUnavailable
from core.appointments.search import find_facilities
from core.appointments.slots import find_dates, find_times
from core.appointments.status import read_standings
from core.conversation.effects import Effect, Result
from core.database.database import Database
from core.fields.timezones import moment
from core.registration.intent import Outcome
from core.registration.number import draw_code
from core.registration.proofs import SqlProofs
from core.registration.requests import CheckCode, Opt, Register, SendCode
from core.registration.store import SqlRecords

Operation = Callable[["Doing", Any], Awaitable[Result | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What effects are carried out on, and what they are held to."""

    database: Database
    records: SqlRecords
    proofs: SqlProofs
    terms: Terms
    draw_bits: Callable[[], int]  # `number.CODE_BITS` random ones, for the code of a ticket

    async def do(self, effect: Effect, watch: Callable[[str], None]) -> Result | None:
        """Return what came of it; `watch` hears what became of registrations."""
        result = await OPERATIONS[type(effect)](self, effect)
        if isinstance(result, Outcome):
            watch(result.kind.value)
        return result


async def _book(on: Doing, request: Book) -> Booked | Taken | NotBookable:
    """Take the seat; where it is gone, look for others when nothing is held any more."""
    operation = partial(book, request=request, terms=on.terms, code=draw_code(on.draw_bits()))
    booked = await on.database.write(operation, alone=True)
    if not isinstance(booked, SlotUnavailable):
        return booked
    return await on.database.read(partial(find_others, request=request, gone=booked))


OPERATIONS: Final[Mapping[type[Effect], Operation]] = {
    Register: lambda on, request: on.records.record(request.intent),
    Opt: lambda on, request: on.records.opt(
        request.address, out=request.out, at=moment(request.at)
    ),
    SendCode: lambda on, request: on.proofs.send_code(request),
    CheckCode: lambda on, request: on.proofs.check_code(request),
    LookUp: lambda on, request: on.database.read(
        partial(read_standings, request=request, doses=on.terms.doses)
    ),
    Screen: lambda on, request: on.database.write(partial(screen, request=request)),
    FindFacilities: lambda on, request: on.database.read(
        partial(find_facilities, request=request)
    ),
    FindDates: lambda on, request: on.database.read(partial(find_dates, request=request)),
    FindTimes: lambda on, request: on.database.read(partial(find_times, request=request)),
    Book: _book,
    Cancel: lambda on, request: on.database.write(
        partial(cancel, request=request, terms=on.terms), alone=True
    ),
    Attend: lambda on, request: on.database.write(partial(attend, request=request), alone=True),
}
