"""What the pipeline needs from the outside, and nothing more."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

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
from core.conversation.session import Session
from core.fields.timezones import awake
from core.messages import Address, Channel, Receipt, Reply
from core.outbox.ticket import Ticket
from core.registration.intent import Outcome, RegistrationIntent
from core.registration.requests import CheckCode, CodeChecked, CodeSent, SendCode
from core.roster.listing import Applicant, Listing

OTHERS_SECONDS = 30  # that a message is left to the gateway whose number was written to
ASIDE_MAX = 256  # messages that one claim silences or puts off until the morning


class UnavailableError(Exception):
    """A store cannot be reached or did not answer; nothing is certain; try again later.

    `cause` is a code (`core/database/causes.py`), where a store or the system gave one.
    """

    def __init__(self, message: str = "", *, cause: str = "") -> None:
        super().__init__(message)
        self.cause = cause


class Saved(NamedTuple):
    """A session as it was read, and the version it was read at; a new one is version 0."""

    session: Session
    version: int


class SessionStore(Protocol):
    """Remembers conversations."""

    async def load(self, conversation: str) -> Saved:
        """Return the session and its version."""
        ...

    async def save(self, conversation: str, session: Session, *, after: int) -> bool:
        """Write version `after + 1`, only if the stored one is still `after`; say whether it was.

        A session with something pending never expires, and can be found with `pending`.
        """
        ...

    async def pending(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first."""
        ...


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


class Registry(Protocol):
    """Knows who is entitled."""

    async def look_up(self, applicant: Applicant) -> Listing | None:
        """Return what is listed under the NIK; None where the registry has no word on anybody.

        Raises `UnavailableError` where it cannot be reached: that is no fact about the person.
        """
        ...


class ProofStore(Protocol):
    """Codes that prove that somebody holds the phone on file."""

    async def send_code(self, wish: SendCode) -> CodeSent:
        """Owe an SMS with a code to the phone on file, if there is one."""
        ...

    async def check_code(self, wish: CheckCode) -> CodeChecked:
        """Say whether it is the live code; every wrong one is counted."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message that we owe someone.

    `key` makes putting it twice putting it once. `provider` is None where any will do.
    `answers_request` is true where the person just asked, so that opting out does not silence it.
    `headers` are the thread that it answers (`Inbound.thread`); `sender` in it is the name that an
    SMS comes from, where the provider allows one.

    `not_before` is when it becomes due; None: at once. `not_after` is when it is of no use any
    more, and becomes a dead letter instead; None: never. `quiet` is the time zone
    (`timezones`) of a person who did not just ask for it and is left alone at night; "" at any
    hour. `bulk` lets every other message go first. `ticket` is what a wire that can also carries.
    """

    key: str = field(repr=False)
    channel: Channel
    address: Address
    reply: Reply = field(repr=False)
    created_at: datetime
    provider: str | None = None
    answers_request: bool = True
    headers: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    not_before: datetime | None = None
    not_after: datetime | None = None
    quiet: str = ""
    bulk: bool = False
    ticket: Ticket | None = field(default=None, repr=False)

    @property
    def due_at(self) -> datetime:
        """Return when it is to be sent."""
        due_at = self.not_before or self.created_at
        return awake(due_at, self.quiet) if self.quiet else due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An owed message that one sender has until its lease ends; `attempts` counts this one.

    `refused_by` are the providers that will not take it any more; `unsure_of` is the one that may
    have taken it at the last attempt; `doubts` are the attempts after which that was so of one.
    `tried_at` is when it was claimed first.
    """

    id: str
    message: Outgoing
    attempts: int
    tried_at: datetime
    refused_by: tuple[str, ...] = ()
    unsure_of: str = ""
    doubts: int = 0


class Outbox(Protocol):
    """Messages owed, and what became of them."""

    async def put(self, message: Outgoing) -> None:
        """Owe it, durably, unless `message.key` is owed already."""
        ...

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Claimed]:
        """Take due messages; nobody else gets them until the lease runs out."""
        ...

    async def sent(self, id: str, *, provider: str, provider_id: str, at: datetime) -> None:  # noqa: A002
        """Mark as handed to `provider`, which calls it `provider_id`.

        Where its receipt of failure was quicker, the message is due for the next provider.
        """
        ...

    async def retry(
        self,
        id: str,  # noqa: A002
        *,
        due_at: datetime,
        why: str,
        refused_by: Sequence[str] = (),
        unsure_of: str = "",
    ) -> None:
        """Give it back, to be claimed again at `due_at`; with `unsure_of` it is a doubt more."""
        ...

    async def dead(self, id: str, *, why: str) -> None:  # noqa: A002
        """Give up, and keep it for the operator."""
        ...

    async def receipt(self, receipt: Receipt, *, at: datetime) -> bool:
        """Move the message forward, never back; say whether it was one of ours.

        One that was taken and then failed is owed again, by another provider if there is one.
        A receipt that bears our reference settles a message whose hand-over was not sure.
        """
        ...
