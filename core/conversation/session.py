"""What is stored about one conversation between two messages."""

from typing import Literal

import msgspec

from core.appointments.requests import Purpose
from core.conversation.effects import Effect
from core.conversation.options import Option, Site
from core.messages import ALL_READ, Channel, Location, Reply

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
    "offered_booking",
    "screening",
    "offered_seat",
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
    "choosing_answer",
    "choosing_change",
    "giving_change",
    "confirming_change",
    "confirming_nik",
    "choosing_end",
    "confirming_end",
    "choosing_road",
    "choosing_standby",
    "showing_code",
    "typing_code",
    "confirming_handover",
]


class RememberedReply(msgspec.Struct, frozen=True, array_like=True):
    """The reply to a message; the same message, delivered again, gets it again.

    This is the idempotency of the whole gateway. It is stored under the same key as the state, and
    so cannot disagree with it. `at` is in seconds since 1970.
    """

    message: str  # digest of the message id
    at: int
    reply: Reply


class HeardTyping(msgspec.Struct, frozen=True, array_like=True):
    """How much of a USSD session's typing was read: its first `length` characters.

    `call` and `typed` are CRC-32 checksums, of the network's session id and of those characters:
    enough to tell one person's few calls apart.
    """

    call: int
    length: int
    typed: int


class Visit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person has answered so far about a status or an appointment. It holds no seat.

    `stage` is that of the last question, which is made anew from these fields each time it is
    asked. A visit at "start" is over, or only a proof: until `proven_until` (seconds since 1970)
    the registration `number` needs no new code; by letter only where the letter bears `token`.

    During a rollout two releases read each other's sessions. A field whose shape changes gets
    another stored name; the other release then finds nothing there, and looks it up again.
    """

    purpose: Purpose = "appointment"
    number: str = ""
    proven_until: int = 0
    token: str = ""
    several: bool = False  # registrations at the address; `number` was chosen among them
    dose: int = 1
    since: str = ""  # ISO date, the first on which the dose may be given
    changes: bool = False  # an appointment, instead of booking a first one
    screened: bool = False  # the answers about health still hold
    waits: bool = False  # for a doctor's word on them, which is needed first
    sex: Literal["female", "male", ""] = ""  # decides which questions about health are asked
    name: str = ""  # for which facilities were last searched
    screening: dict[str, str] = {}  # answers about health, by the code of the question
    question: str = ""  # the code of the question about health that was asked
    place: Site = Site()  # the facility that was chosen, or that of the appointment
    day: str = ""  # ISO date, of what was chosen
    start: str = ""  # ISO time with offset, of what was chosen, or of the appointment
    slot: int = 0
    ticket: str = ""  # the check code of that of the appointment
    far: int = 0  # kilometres to the nearest seat, where that is beyond the campaign's radius
    field: str = ""  # of the registration that is to be changed; or how it is to end
    value: str = ""  # the new one
    shown: dict[str, str] = {}  # the code that hands the form over, and until when
    options: tuple[Option, ...] = msgspec.field(default=(), name="offered")  # of the list shown
    stage: Stage = msgspec.field(default="start", name="step")  # of the last question


class LetterThread(msgspec.Struct, frozen=True, omit_defaults=True):
    """One conversation by letter, while letters of another come: the session's fields.

    `vouched` is True once a letter of it was authentic, or has given back a token of ours.
    """

    stage: Stage = "start"
    question: str = ""
    wrong: int = 0
    language: str = ""
    answers: dict[str, str] = {}
    visit: Visit | None = None
    message: str = ""
    vouched: bool = False


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is stored. `pending` is the one effect that the caller must carry out now.

    `message` is the digest of the last message, which the result of a pending effect answers. For
    a mailbox, all this is the conversation of the newest letter, which a letter that bears `token`
    continues; `threads` are the other conversations by their tokens, the oldest first.
    """

    schema: int = SCHEMA
    stage: Stage = "start"
    language: str = ""  # empty until chosen: the campaign's own
    answers: dict[str, str] = {}
    token: str = ""
    threads: dict[str, LetterThread] = {}
    letters: dict[str, dict[str, str]] = {}  # half-filled forms by token, of the last release
    vouched: bool = False  # the last letter was authentic, or gave back a token of ours
    spoken: str = ""  # the language of the last such letter
    question: str = ""  # the key of the question that was asked
    reached: int = msgspec.field(default=0, name="r")  # steps of the funnel, once one goes back
    wrong: int = 0  # answers in a row that could not be used
    channel: str = ""  # of the last message
    at: int = 0  # of the last message, in seconds since 1970
    turns: int = 0  # in this hour
    strangers: int = 0  # letters in this hour that nobody vouched for; not among `turns`
    heard: HeardTyping | None = None
    visit: Visit | None = None
    near: Location | None = None  # the last place that the person shared
    replies: tuple[RememberedReply, ...] = msgspec.field(default=(), name="said")  # oldest first
    unheard: bool = msgspec.field(default=False, name="u")  # the newest reply, of what was done
    pending: Effect | None = None
    message: str = ""
    unread: frozenset[str] = ALL_READ  # `Inbound.unread` of the last message
    form: str = msgspec.field(default="", name="f")  # the last one that registered somebody
    code: str = msgspec.field(default="", name="k")  # shown for the form as it stood then
    refused: str = msgspec.field(default="", name="n")  # the last code that was "not me"
    authentic: bool = False  # a letter was, so somebody reads what we write to this mailbox

    @property
    def may_be_forged(self) -> bool:
        """Return True if nothing shows yet that the mailbox's owner wrote any of this."""
        return self.by_letter and not self.authentic

    @property
    def by_letter(self) -> bool:
        """Return True if the last message is answered by a letter."""
        return self.channel in _LETTERS

    @property
    def step_label(self) -> str:
        """The label of the counters of steps: the stage, or the key of the form's question."""
        return self.question if self.stage == "asking" else self.stage
