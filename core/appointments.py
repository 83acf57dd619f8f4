"""Appointments in SQL."""

from functools import partial

from core.conversation.session import (
    Book,
    Cancel,
    FindDates,
    FindFacilities,
    FindTimes,
    LookUp,
    Screen,
)
from core.database import Database
from core.standing import (
    Booked,
    Cancelled,
    FoundDates,
    FoundFacilities,
    FoundTimes,
    NotBookable,
    StatusReport,
    Taken,
)
from core.standings import read_standings


class SqlAppointments:
    """An `AppointmentStore` on SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def status(self, wish: LookUp) -> StatusReport:
        """Return what the person at this address may be told."""
        return await self._database.read(partial(read_standings, wish=wish))

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
