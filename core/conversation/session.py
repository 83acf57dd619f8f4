"""What we remember about one conversation between two messages."""

from typing import Literal

import msgspec

from core.messages import Address, Channel, Location, Prompt, Reply
from core.registration.intent import RegistrationIntent

SCHEMA = 1

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
Purpose = Literal["status", "appointment", "dropped", "nothing_dropped"]


class Said(msgspec.Struct, frozen=True, array_like=True):
    """The answer a message got, so that the same message gets the same answer again.

    This is the idempotency of the whole gateway, in the same key as the state, so that the two
    cannot disagree. `at` is in seconds since 1970.
    """

    message: str  # digest of the message id
    at: int
    reply: Reply


class Heard(msgspec.Struct, frozen=True, array_like=True):
    """How much of a USSD session's typing we have taken in: its first `length` characters.

    `call` and `typed` are checksums, of the network's session id and of those characters: one
    person's few calls are told apart, and nothing is remembered twice.
    """

    call: int
    length: int
    typed: int


class Register(msgspec.Struct, frozen=True, tag="register"):
    """An intent decided on and not yet known to be recorded; `thread` is its message's."""

    intent: RegistrationIntent
    thread: dict[str, str] = {}


class LookUp(msgspec.Struct, frozen=True, tag="look_up"):
    """The person asks what is on file for this address.

    `proven` is the number of a registration that a code has just proven to be theirs: it alone is
    told. Who `dropped` a form, or had none to drop, is told what stays. `at` is in seconds.
    """

    address: Address
    campaign: str
    purpose: Purpose = "status"
    proven: str = ""
    version: str = ""  # of the screening questions
    valid_days: int = 0
    at: int = 0


class Screen(msgspec.Struct, frozen=True, tag="screen"):
    """Answers to the screening questions of that `version`: code -> `yes` or `no`.

    `until` is the ISO date up to which the person is put off, or "". `key` is derived from the
    message, as everything's is that must be written once.
    """

    key: str
    number: str
    version: str
    answers: dict[str, str]
    outcome: Literal["proceed", "postpone", "ask_site"]
    until: str
    at: int


class FindFacilities(msgspec.Struct, frozen=True, tag="find_facilities"):
    """Facilities with seats for this dose from the ISO date `since` on.

    `near` orders by distance; without it the person's own regency comes first. `name` looks for
    that name, slips allowed.
    """

    number: str
    dose: int
    since: str
    at: int
    near: Location | None = None
    name: str = ""


class FindDates(msgspec.Struct, frozen=True, tag="find_dates"):
    """Days with seats at one facility."""

    facility: str
    campaign: str
    dose: int
    since: str
    at: int


class FindTimes(msgspec.Struct, frozen=True, tag="find_times"):
    """Times with seats on the ISO date `day` at one facility."""

    facility: str
    campaign: str
    dose: int
    day: str
    at: int


class Book(msgspec.Struct, frozen=True, tag="book"):
    """The seat that the person confirmed. `changes` gives the live appointment back for it.

    The message that the booking owes goes to `address` by `channel` (after USSD, by SMS) in
    `language`.
    """

    key: str
    number: str
    slot: int
    dose: int
    changes: bool
    at: int
    address: Address
    channel: Channel
    provider: str
    language: str
    near: Location | None = None
    thread: dict[str, str] = {}


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """The person gives the live appointment up."""

    key: str
    number: str
    at: int
    address: Address
    channel: Channel
    provider: str
    language: str
    thread: dict[str, str] = {}


class Attend(msgspec.Struct, frozen=True, tag="attend"):
    """The person says whether they `kept` the appointment whose time has passed."""

    key: str
    number: str
    kept: bool
    address: Address
    at: int


class SendCode(msgspec.Struct, frozen=True, tag="send_code"):
    """The person claims a registration: a code goes to the phone on file."""

    key: str
    number: str
    campaign: str
    address: Address
    language: str
    at: int


class CheckCode(msgspec.Struct, frozen=True, tag="check_code"):
    """The person typed a code. A right one proves the address, unless that can be forged."""

    number: str
    campaign: str
    address: Address
    channel: Channel
    code: str
    key: str
    at: int


class Opt(msgspec.Struct, frozen=True, tag="opt"):
    """The person wants no more messages (`out`), or messages again. `at` is in seconds."""

    address: Address
    out: bool
    at: int


Effect = (
    Register
    | LookUp
    | Screen
    | FindFacilities
    | FindDates
    | FindTimes
    | Book
    | Cancel
    | Attend
    | SendCode
    | CheckCode
    | Opt
)


class Visit(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person who came about a status or an appointment has said so far.

    Nothing is held for them. `asked` is the last question, `step` the stage that it belongs to,
    and `options` are what the numbers of its list stand for, where its words do not tell. A visit
    with nothing asked is over, or only a proof: `proven_until` is in seconds, and until then
    `number` needs no new one; by letter only with the `token` that our answers bear. `several`
    says that it was chosen among others; `name` is what facilities were last looked for by; `sex`
    leaves out questions about health.
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
    place: tuple[str, str, str] = ("", "", "")  # code, name and address of the facility
    start: str = ""  # ISO date, then ISO time with offset, of what was chosen
    slot: int = 0
    options: tuple[str, ...] = ()
    asked: Prompt | None = None
    step: Stage = "start"


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is remembered. `pending` is the one thing that the outside must do now.

    `message` is the digest of the message that asked for it (`signed` if that was a letter); its
    answer is owed to that one. Of a mailbox, `answers` are those of the letter that was last
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
    heard: Heard | None = None
    visit: Visit | None = None
    near: Location | None = None  # the last place that the person shared
    said: tuple[Said, ...] = ()
    pending: Effect | None = None
    message: str = ""
    signed: bool = False
    unread: frozenset[str] = frozenset()

    @property
    def step(self) -> str:
        """Where the person stands, for counting: a stage, or the question that was asked."""
        return self.question if self.stage == "asking" else self.stage
