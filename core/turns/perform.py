"""Carry out what the conversation decided on: one effect, one call to a store."""

from collections.abc import Callable
from dataclasses import dataclass

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
from core.conversation.effects import Effect, Result
from core.fields.timezones import moment
from core.registration.intent import Outcome
from core.registration.requests import CheckCode, Opt, Register, SendCode
from core.turns.ports import AppointmentStore, ProofStore, RecordStore


@dataclass(frozen=True, slots=True)
class Doing:
    """The stores that effects are carried out on."""

    records: RecordStore
    appointments: AppointmentStore
    proofs: ProofStore

    async def do(self, effect: Effect, watch: Callable[[str], None]) -> Outcome | Result | None:
        """Return what came of it; doing it twice does no harm. `watch` hears outcomes."""
        match effect:
            case Register(intent=intent):
                outcome = await self.records.record(intent)
                watch(outcome.kind.value)
                return outcome
            case Opt(address=address, out=out, at=seconds):
                await self.records.opt(address, out=out, at=moment(seconds))
                return None
            case SendCode():
                return await self.proofs.send_code(effect)
            case CheckCode():
                return await self.proofs.check_code(effect)
            case Screen() | Book() | Cancel() | Attend():
                return await self._change(effect)
            case _:
                return await self._find(effect)

    async def _find(self, effect: LookUp | FindFacilities | FindDates | FindTimes) -> Result:
        match effect:
            case LookUp():
                return await self.appointments.status(effect)
            case FindFacilities():
                return await self.appointments.find_facilities(effect)
            case FindDates():
                return await self.appointments.find_dates(effect)
            case FindTimes():
                return await self.appointments.find_times(effect)

    async def _change(self, effect: Screen | Book | Cancel | Attend) -> Result | None:
        match effect:
            case Screen():
                await self.appointments.screen(effect)
                return None
            case Book():
                return await self.appointments.book(effect)
            case Cancel():
                return await self.appointments.cancel(effect)
            case Attend():
                await self.appointments.attend(effect)
                return None
