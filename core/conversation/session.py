"""What we remember about one conversation between two messages."""

from typing import Literal

import msgspec

from core.intent import RegistrationIntent
from core.message import Address, Reply

SCHEMA = 1

Stage = Literal["start", "menu", "asking", "confirming", "resuming", "choosing_language"]


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
    """The person asked what is on file for this address."""

    address: Address


class Opt(msgspec.Struct, frozen=True, tag="opt"):
    """The person wants no more messages (`out`), or messages again. `at` is in seconds."""

    address: Address
    out: bool
    at: int


Effect = Register | LookUp | Opt


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is remembered. `pending` is the one thing that the outside must do now.

    `message` is the digest of the message that asked for it (`signed` if that was a letter); its
    answer is owed to that one.
    """

    schema: int = SCHEMA
    stage: Stage = "start"
    language: str = ""  # empty until chosen: the campaign's own
    answers: dict[str, str] = {}
    question: str = ""  # the key of the question that was asked
    wrong: int = 0  # answers in a row that could not be used
    channel: str = ""  # the door of the last message
    at: int = 0  # of the last message, in seconds since 1970
    turns: int = 0  # in this hour
    heard: Heard | None = None
    said: tuple[Said, ...] = ()
    pending: Effect | None = None
    message: str = ""
    signed: bool = False

    @property
    def step(self) -> str:
        """Where the person stands, for counting: a stage, or the question that was asked."""
        return self.question if self.stage == "asking" else self.stage
