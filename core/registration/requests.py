"""What is asked about registrations, and what comes of it: each request beside its result."""

from dataclasses import dataclass
from typing import Literal

import msgspec

from core.messages import Address, Channel
from core.registration.intent import Outcome, RegistrationIntent


class Register(msgspec.Struct, frozen=True, tag="register"):
    """An intent decided on and not yet known to be recorded; `thread` is its message's."""

    intent: RegistrationIntent
    thread: dict[str, str] = {}


class Opt(msgspec.Struct, frozen=True, tag="opt"):
    """The person wants no more messages (`out`), or messages again. `at` is in seconds."""

    address: Address
    out: bool
    at: int


class SendCode(msgspec.Struct, frozen=True, tag="send_code"):
    """The person claims a registration: a code goes to the phone on file."""

    key: str
    number: str
    campaign: str
    address: Address
    language: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent:
    """The same answer whether the registration exists or not; `too_many` says to wait.

    `again_at` is until when, in seconds since 1970.
    """

    too_many: bool = False
    again_at: int = 0


class CheckCode(msgspec.Struct, frozen=True, tag="check_code"):
    """The person typed a code. A right one proves the address, unless that can be forged."""

    number: str
    campaign: str
    address: Address
    channel: Channel
    code: str
    key: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeChecked:
    """What a code that was typed is worth. `wrong` may be tried again; `expired` may not."""

    verdict: Literal["right", "wrong", "expired"]


RegistrationRequest = Register | Opt | SendCode | CheckCode
RegistrationResult = Outcome | CodeSent | CodeChecked
