"""Appointments in memory, beside `core/memory.py` and for the same uses."""

from core.conversation.session import (
    Book,
    Cancel,
    FindDates,
    FindFacilities,
    FindTimes,
    LookUp,
    Screen,
)
from core.doing import Doing
from core.intent import OutcomeKind
from core.memory import MemoryRecords
from core.memory_proofs import MemoryProofs
from core.standing import (
    Booked,
    Cancelled,
    FoundDates,
    FoundFacilities,
    FoundTimes,
    NotBookable,
    Standing,
    StatusReport,
    Taken,
)


class MemoryAppointments:
    """An `AppointmentStore` over the records in memory."""

    def __init__(self, records: MemoryRecords) -> None:
        self._records = records

    async def status(self, wish: LookUp) -> StatusReport:
        """Return what the person at this address may be told."""
        return StatusReport(
            registrations=tuple(
                Standing(
                    number=row.on_file.number, full_name=row.on_file.full_name, status=row.status
                )
                for (of, _), row in self._records.records.items()
                if of == wish.campaign and row.on_file.addresses.get(wish.address)
            ),
            in_review=any(
                outcome.kind is OutcomeKind.IN_REVIEW
                for intent, outcome in self._records.intents.values()
                if (intent.address, intent.campaign) == (wish.address, wish.campaign)
            ),
        )

    async def screen(self, wish: Screen) -> None:
        """Keep the answers to the screening questions."""

    async def find_facilities(self, wish: FindFacilities) -> FoundFacilities:  # noqa: ARG002 the port's words
        """Return facilities with open seats, nearest first."""
        return FoundFacilities(places=())

    async def find_dates(self, wish: FindDates) -> FoundDates:  # noqa: ARG002 the port's words
        """Return the days on which there are open seats."""
        return FoundDates(dates=())

    async def find_times(self, wish: FindTimes) -> FoundTimes:  # noqa: ARG002 the port's words
        """Return the times of a day at which there are open seats."""
        return FoundTimes(slots=())

    async def book(self, wish: Book) -> Booked | Taken | NotBookable:  # noqa: ARG002 the port's words
        """Take the seat."""
        return NotBookable(why="not_verified")

    async def cancel(self, wish: Cancel) -> Cancelled:  # noqa: ARG002 the port's words
        """Give the seat back."""
        return Cancelled(appointment=None)


def doing_in_memory(records: MemoryRecords) -> Doing:
    """Return all effects carried out in memory."""
    return Doing(records, MemoryAppointments(records), MemoryProofs(records))
