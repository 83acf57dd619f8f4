"""What we remember about one conversation between two messages."""

from typing import Literal

import msgspec

from core.appointments.requests import Purpose
from core.conversation.effects import Effect
from core.conversation.options import Option, Site
from core.messages import Channel, Location, Reply

SCHEMA = 1

_LETTERS = frozenset(channel.value for channel in Channel if channel.writes_letters)

Stage = Literal[
    "start",
    "menu",
    "asking",
    "confirming",
    "resuming",
    "choosing_language",
    "choosing_person",
    "screening",
    "choosing_facility",
    "choosing_date",
    "choosing_time",
    "choosing_slot",
    "confirming_booking",
    "appointed",
    "confirming_cancel",
    "telling_attendance",
    "proving_number",
    "proving_code",
]


class RememberedReply(msgspec.Struct, frozen=True, array_like=True):
    """The answer a message got, so that the same message gets the same answer again.

    This is the idempotency of the whole gateway, in the same key as the state, so that the two
    cannot disagree. `at` is in seconds since 1970.
    """

    message: str  # digest of the message id
    at: int
    reply: Reply


class HeardTyping(msgspec.Struct, frozen=True, array_like=True):
    """How much of a USSD session's typing we have taken in: its first `length` characters.

    `call` and `typed` are checksums, of the network's session id and of those characters: one
    person's few calls are told apart, and nothing is remembered twice.
    """

    call: int
    length: int
    typed: int


class Visit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person who came about a status or an appointment has said so far.

    Nothing is held for them. `step` is the stage of the last question, which is made of what
    stands here each time that it is asked; `options` are what the numbers of its list stand for,
    and `question` is the code of the one about health. A visit at "start" is over, or only a
    proof: `proven_until` is in seconds, and until then `number` needs no new one; by letter only
    with the `token` that our answers bear. `several` says that it was chosen among others; `name`
    is what facilities were last looked for by; `sex` leaves out questions about health.

    During a rollout two releases read each other's sessions. What changes its shape gets another
    key there: who does not know it finds nothing, and looks it up again.
    """

    purpose: Purpose = "appointment"
    number: str = ""
    proven_until: int = 0
    token: str = ""
    several: bool = False
    dose: int = 1
    since: str = ""
    changes: bool = False
    screened: bool = False
    sex: Literal["female", "male", ""] = ""
    name: str = ""
    screening: dict[str, str] = {}
    question: str = ""
    place: Site = Site()  # the facility that was chosen, or that of the appointment
    day: str = ""  # ISO date, of what was chosen
    start: str = ""  # ISO time with offset, of what was chosen, or of the appointment
    slot: int = 0
    options: tuple[Option, ...] = msgspec.field(default=(), name="offered")  # was of strings
    stage: Stage = msgspec.field(default="start", name="step")  # of the last question


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is remembered. `pending` is the one thing that the outside must do now.

    `message` is the digest of the message that asked for it, which came by `channel`; its answer
    is owed to that one. Of a mailbox, `answers` are those of the letter that was last
    written or gone on with; who gives its `token` back goes on with it, and `letters` are the
    other half-filled ones by theirs. `unread` is `Inbound.unread` of the last one.
    """

    schema: int = SCHEMA
    stage: Stage = "start"
    language: str = ""  # empty until chosen: the campaign's own
    answers: dict[str, str] = {}
    token: str = ""
    letters: dict[str, dict[str, str]] = {}
    question: str = ""  # the key of the question that was asked
    wrong: int = 0  # answers in a row that could not be used
    channel: str = ""  # the door of the last message
    at: int = 0  # of the last message, in seconds since 1970
    turns: int = 0  # in this hour
    heard: HeardTyping | None = None
    visit: Visit | None = None
    near: Location | None = None  # the last place that the person shared
    replies: tuple[RememberedReply, ...] = msgspec.field(default=(), name="said")  # oldest first
    pending: Effect | None = None
    message: str = ""
    unread: frozenset[str] = frozenset()

    @property
    def by_letter(self) -> bool:
        """Say whether the last message is answered by a letter."""
        return self.channel in _LETTERS

    @property
    def step_label(self) -> str:
        """Where the person stands, for counting: a stage, or the question that was asked."""
        return self.question if self.stage == "asking" else self.stage
