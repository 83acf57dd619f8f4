"""What the pipeline needs from the outside, and nothing more."""

from datetime import datetime
from typing import Protocol

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
from core.messages import Address
from core.registration.intent import Outcome, RegistrationIntent
from core.registration.requests import CheckCode, CodeChecked, CodeSent, SendCode


class RecordStore(Protocol):
    """Keeps registrations, and beside them the messages that they owe."""

    async def record(self, intent: RegistrationIntent) -> Outcome:
        """Keep it once; the same intent always gets the same outcome."""
        ...

    async def opt(self, address: Address, *, out: bool, at: datetime) -> None:
        """Keep the wish for no more messages, or for messages again. The latest `at` wins."""
        ...


class AppointmentStore(Protocol):
    """Reads what a person may be told and offered, and books.

    Every method carries out one effect of the conversation; doing it twice does no harm, and the
    second gets the same answer wherever something was written.
    """

    async def status(self, wish: LookUp) -> StatusReport:
        """Return what the person at this address may be told."""
        ...

    async def screen(self, wish: Screen) -> None:
        """Keep the answers to the screening questions."""
        ...

    async def find_facilities(self, wish: FindFacilities) -> FoundFacilities:
        """Return facilities with open seats, nearest first."""
        ...

    async def find_dates(self, wish: FindDates) -> FoundDates:
        """Return the days on which there are open seats."""
        ...

    async def find_times(self, wish: FindTimes) -> FoundTimes:
        """Return the times of a day at which there are open seats."""
        ...

    async def book(self, wish: Book) -> Booked | Taken | NotBookable:
        """Take the seat, and give back the one before where the person changes; or neither."""
        ...

    async def cancel(self, wish: Cancel) -> Cancelled:
        """Give the seat back."""
        ...

    async def attend(self, wish: Attend) -> None:
        """Keep what became of the appointment whose time has passed, once."""
        ...


class ProofStore(Protocol):
    """Codes that prove that somebody holds the phone on file."""

    async def send_code(self, wish: SendCode) -> CodeSent:
        """Owe an SMS with a code to the phone on file, if there is one."""
        ...

    async def check_code(self, wish: CheckCode) -> CodeChecked:
        """Say whether it is the live code; every wrong one is counted."""
        ...
