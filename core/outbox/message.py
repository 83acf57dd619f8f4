"""A message that is owed, before it is sent and while one sender has it."""

from dataclasses import dataclass, field
from datetime import datetime

from core.messages import Address, Channel, Reply
from core.outbox.quiet_hours import after_quiet_hours
from core.outbox.ticket import Ticket

OTHERS_SECONDS = 30  # that a message is left to the gateway whose number was written to
ASIDE_MAX = 256  # messages that one claim silences, notes as held up or puts off


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
        return after_quiet_hours(due_at, self.quiet) if self.quiet else due_at


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
