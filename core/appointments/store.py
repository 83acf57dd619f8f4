"""Appointments in SQL."""

from collections.abc import Callable
from functools import partial

from core.appointments.booking import Terms, attend, book, cancel, screen
from core.appointments.others import find_others
from core.appointments.requests import (
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
    Screen,
    StatusReport,
    Taken,
)
from core.appointments.rules import Gone
from core.appointments.search import find_facilities
from core.appointments.slots import find_dates, find_times
from core.appointments.status import read_standings
from core.campaign import Doses
from core.database.database import Database
from core.outbox.sms_bounds import HOME
from core.registration.number import draw_code


class SqlAppointments:
    """Reads what a person may be told and offered, and books.

    Every method carries out one effect of the conversation; doing it twice does no harm, and the
    second gets the same answer wherever something was written.
    """

    def __init__(
        self,
        database: Database,
        *,
        doses: Doses,
        draw_bits: Callable[[], int],
        countries: frozenset[str] = HOME,
    ) -> None:
        """`draw_bits` gives `number.CODE_BITS` random bits for the code of a ticket.

        `countries` are those that SMS go to, by ISO code, unless the phone has written to us.
        """
        self._database, self._draw_bits = database, draw_bits
        self._terms = Terms(doses, countries)

    async def status(self, wish: LookUp) -> StatusReport:
        """Return what the person at this address may be told."""
        return await self._database.read(
            partial(read_standings, wish=wish, doses=self._terms.doses)
        )

    async def screen(self, wish: Screen) -> None:
        """Keep the answers to the screening questions."""
        await self._database.write(partial(screen, wish=wish))

    async def find_facilities(self, wish: FindFacilities) -> FoundFacilities:
        """Return facilities with open seats, nearest first."""
        return await self._database.read(partial(find_facilities, wish=wish))

    async def find_dates(self, wish: FindDates) -> FoundDates:
        """Return the days on which there are open seats."""
        return await self._database.read(partial(find_dates, wish=wish))

    async def find_times(self, wish: FindTimes) -> FoundTimes:
        """Return the times of a day at which there are open seats."""
        return await self._database.read(partial(find_times, wish=wish))

    async def book(self, wish: Book) -> Booked | Taken | NotBookable:
        """Take the seat, and give back the one before where the person changes; or neither."""
        code = draw_code(self._draw_bits())
        operation = partial(book, wish=wish, terms=self._terms, code=code)
        booked = await self._database.write(operation, alone=True)
        if not isinstance(booked, Gone):
            return booked
        return await self._database.read(partial(find_others, wish=wish, gone=booked))

    async def cancel(self, wish: Cancel) -> Cancelled:
        """Give the seat back."""
        operation = partial(cancel, wish=wish, terms=self._terms)
        return await self._database.write(operation, alone=True)

    async def attend(self, wish: Attend) -> None:
        """Keep what became of the appointment whose time has passed."""
        await self._database.write(partial(attend, wish=wish), alone=True)
