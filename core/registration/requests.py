"""Requests about registrations, each beside its result. Tags are stored: they stay."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from core.messages import Address, Channel, Prompt
from core.registration.intent import Outcome, RegistrationIntent


class Register(msgspec.Struct, frozen=True, tag="register"):
    """Record an intent; `thread` and `aligned` are those of its message (`Inbound`)."""

    intent: RegistrationIntent
    thread: dict[str, str] = {}
    aligned: bool = True


class Opt(msgspec.Struct, frozen=True, tag="opt"):
    """Opt an address out of messages (`out`), or in again; `at` is in seconds since 1970."""

    address: Address
    out: bool
    at: int


class SendCode(msgspec.Struct, frozen=True, tag="send_code"):
    """Send a code to the phone on file of a number that the sender claims as their own.

    A letter that nobody vouches for (`vouched` False) does not replace a code that is still good.
    """

    key: str
    number: str
    campaign: str
    address: Address
    language: str
    at: int
    vouched: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent:
    """The same answer whether the registration exists or not.

    Where there were `too_many`, the next may be asked for at `again_at`, in seconds since 1970.
    """

    too_many: bool = False
    again_at: int = 0


class CheckCode(msgspec.Struct, frozen=True, tag="check_code"):
    """Check a typed code. A right one proves the address or, if that can be forged, the phone."""

    number: str
    campaign: str
    address: Address
    channel: Channel
    code: str
    key: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChecked:
    """The verdict on a typed code. After `wrong` another try is open, after `expired` none."""

    verdict: Literal["right", "wrong", "expired"]


class AnswerNotice(msgspec.Struct, frozen=True, tag="answer_notice"):
    """What a phone says to the newest notice that is open there: `mine`, or not.

    `otherwise` is what is said where none is open.
    """

    address: Address
    channel: Channel
    campaign: str
    mine: bool
    key: str
    at: int
    otherwise: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswered:
    """The notice was open. `number` is set where the record is held by this phone now."""

    number: str | None = None


RegistrationRequest = Register | Opt | SendCode | CheckCode | AnswerNotice
RegistrationResult = Outcome | CodeSent | CodeChecked | NoticeAnswered
