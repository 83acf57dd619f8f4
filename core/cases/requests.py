"""What people ask about their own data, each request beside its result. Tags are stored.

Nothing here takes effect by anybody's mere word: the address must be proven, or a code must have
proven the number a moment ago (`proven`). Whoever is not entitled hears the same as where there is
no such registration. Times (`at`) are in seconds since 1970; `key` is derived from the message.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import msgspec

from core.messages import Address, Channel, Prompt

ANSWER_DAYS: Final = 3  # within which an official decides a case
COOLING_HOURS: Final = 72  # between the wish to be erased and the erasure
LOOKS_DAYS: Final = 90
LOOKS_MAX: Final = 5  # told at once, the newest


class Correct(msgspec.Struct, frozen=True, tag="correct"):
    """Put one field of a registration right: `full_name`, `profession`, `phone` or `nik`.

    `value` is as the field's parser returns it. A `phone` is the address itself, which takes the
    place of the phone on file.
    """

    key: str
    number: str
    campaign: str
    address: Address
    channel: Channel
    field: str
    value: str
    at: int
    proven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """What became of it; `case` is the number of the case, where an official must decide.

    `booked`: a NIK changes only without an appointment. `gone`: no such registration of theirs.
    """

    verdict: Literal["changed", "review", "booked", "too_many", "gone"]
    case: str = ""


class Leave(msgspec.Struct, frozen=True, tag="leave"):
    """Withdraw the registration now, or have all data erased after the cooling time."""

    key: str
    number: str
    campaign: str
    address: Address
    erases: bool
    at: int
    proven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """It is withdrawn; or it will be erased at `due`, with the number of the receipt."""

    verdict: Literal["withdrawn", "erasing", "gone"]
    receipt: str = ""
    due: int = 0


class StopErasure(msgspec.Struct, frozen=True, tag="stop_erasure"):
    """Stop the erasures that this address may stop and that have not come due."""

    key: str
    campaign: str
    address: Address
    numbers: tuple[str, ...]
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureStopped:
    """These registrations stay."""

    numbers: tuple[str, ...]


class ReadLooks(msgspec.Struct, frozen=True, tag="read_looks"):
    """Read which officials looked at the registration in the last `LOOKS_DAYS`."""

    number: str
    campaign: str
    address: Address
    at: int
    proven: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look, or change, of an official: of a facility, or of an office with this `role`."""

    on: date
    role: str
    facility: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """The newest first; `more` if there were others."""

    looks: tuple[Look, ...] = ()
    more: bool = False


class ReportLostPhone(msgspec.Struct, frozen=True, tag="lost_phone"):
    """Report that the phone on file of the number is lost, and that this address is hers now.

    It opens the same case whether there is such a registration or not.
    """

    key: str
    number: str
    campaign: str
    address: Address
    channel: Channel
    at: int


class Appeal(msgspec.Struct, frozen=True, tag="appeal"):
    """A letter or a page says that somebody belongs on the roster: by number, or by NIK.

    `letter` is the key of its files; `otherwise` is what its registration lacks, to be said too.
    It opens the same case whether there is such a registration or not.
    """

    key: str
    campaign: str
    address: Address
    number: str
    nik: str
    letter: str
    vouched: bool
    at: int
    otherwise: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened:
    """The number of the case, and by when an official decides; no number: there were too many."""

    number: str = ""
    by: date | None = None


CaseRequest = Correct | Leave | StopErasure | ReadLooks | ReportLostPhone | Appeal
CaseResult = Corrected | Left | ErasureStopped | Looks | CaseOpened
