"""Carry out what the conversation decided on: one effect, one row, one call to a store."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.appointments.requests import (
    Attend,
    Book,
    Cancel,
    FindDates,
    FindFacilities,
    FindTimes,
    LookUp,
    Screen,
)
from core.appointments.store import SqlAppointments
from core.conversation.effects import Effect, Result
from core.fields.timezones import moment
from core.registration.intent import Outcome
from core.registration.proofs import SqlProofs
from core.registration.requests import CheckCode, Opt, Register, SendCode
from core.registration.store import SqlRecords

Operation = Callable[["Doing", Any], Awaitable[Result | None]]  # doing it twice does no harm


@dataclass(frozen=True, slots=True)
class Doing:
    """The stores that effects are carried out on."""

    records: SqlRecords
    appointments: SqlAppointments
    proofs: SqlProofs

    async def do(self, effect: Effect, watch: Callable[[str], None]) -> Result | None:
        """Return what came of it; `watch` hears what became of registrations."""
        result = await OPERATIONS[type(effect)](self, effect)
        if isinstance(result, Outcome):
            watch(result.kind.value)
        return result


OPERATIONS: Final[Mapping[type[Effect], Operation]] = {
    Register: lambda on, wish: on.records.record(wish.intent),
    Opt: lambda on, wish: on.records.opt(wish.address, out=wish.out, at=moment(wish.at)),
    SendCode: lambda on, wish: on.proofs.send_code(wish),
    CheckCode: lambda on, wish: on.proofs.check_code(wish),
    LookUp: lambda on, wish: on.appointments.status(wish),
    Screen: lambda on, wish: on.appointments.screen(wish),
    FindFacilities: lambda on, wish: on.appointments.find_facilities(wish),
    FindDates: lambda on, wish: on.appointments.find_dates(wish),
    FindTimes: lambda on, wish: on.appointments.find_times(wish),
    Book: lambda on, wish: on.appointments.book(wish),
    Cancel: lambda on, wish: on.appointments.cancel(wish),
    Attend: lambda on, wish: on.appointments.attend(wish),
}
