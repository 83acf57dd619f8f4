"""A message in the outbox: as it is put, and as a sender has claimed it."""

from dataclasses import dataclass, field
from datetime import datetime

from core.messages import Address, Channel, Reply
from core.outbox.quiet_hours import after_quiet_hours
from core.outbox.ticket import Ticket

OTHERS_SECONDS = 30  # for which a reply is left to the gateway whose number the person wrote to
ASIDE_MAX = 256  # messages that one claim silences, notes as held up or puts off


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to send.

    A message is stored once per `key`. `provider` None means any. `answers_request` marks a reply
    to what the person just asked, which an opt-out does not silence. `headers` is the thread that
    it replies to (`Inbound.thread`), and under `sender` the name that an SMS comes from.

    It is due from `not_before` (None: at once) and a dead letter after `not_after` (None: never).
    `quiet` is the time zone (`timezones`) in whose night it is not sent; "" at any hour. `bulk`
    messages come after all others, and before them `unvouched` ones: answers to letters that
    nobody vouches for (`answers.py`). `ticket` goes along on channels that can carry one. The
    release before stores an answer under its `former_key`.
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
    unvouched: bool = False
    ticket: Ticket | None = field(default=None, repr=False)
    former_key: str = field(default="", repr=False, compare=False)

    @property
    def is_blank(self) -> bool:
        """Return True if its text was forgotten: it must not be sent (again)."""
        return not self.reply.prompts

    @property
    def due_at(self) -> datetime:
        """Return when it is due first, quiet hours considered."""
        due_at = self.not_before or self.created_at
        return after_quiet_hours(due_at, self.quiet) if self.quiet else due_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A message that a sender has leased; `attempts` counts this one.

    `refused_by` are the providers that must not be asked again. `unsure_of` is the provider that
    may have accepted it at the last attempt, and `doubts` counts such attempts. `tried_at` is when
    it was claimed first.
    """

    id: str
    message: Outgoing
    attempts: int
    tried_at: datetime
    refused_by: tuple[str, ...] = ()
    unsure_of: str = ""
    doubts: int = 0
