"""What is decided about an intent, and what it is decided on. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core.messages import Address
from core.registration.intent import OutcomeKind
from core.registration.standing import RecordStanding


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordOnFile:
    """A record as it stands. `addresses` are the linked ones, each with whether it is proven."""

    nik: str = field(repr=False)
    number: str
    full_name: str = field(repr=False)
    birth_date: date = field(repr=False)
    profession: str
    phone: str | None = field(repr=False)
    language: str
    standing: RecordStanding = RecordStanding.HELD
    addresses: Mapping[Address, bool] = field(default_factory=dict[Address, bool], repr=False)

    @property
    def held(self) -> bool:
        """Return True if something vouches for the record."""
        return self.standing is RecordStanding.HELD


@dataclass(frozen=True, slots=True, kw_only=True)
class OnFile:
    """Everything on file that bears on one new intent.

    `record` is the current one of the NIK; `lookalikes` are current ones whose NIK is one slip
    away, of whose addresses only the intent's own is known. `niks_from_address` counts the other
    NIKs that this address has sent; of an address that nobody vouches for, all its intents of a
    day.
    """

    record: RecordOnFile | None = None
    lookalikes: tuple[RecordOnFile, ...] = ()
    niks_from_address: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do. `number` is set where it may be shown; `changes` maps fields to new values.

    `makes` is the standing of the new record, if there is to be one; then the one on file yields
    if `supersedes`. The one on file becomes held if `holds`. The oldest claimed address makes room
    for the one to `link` if `displaces`. `alike` are the numbers of look-alikes, which the desk
    should see beside the record.
    """

    kind: OutcomeKind
    number: str | None = None
    changes: Mapping[str, str | None] = field(default_factory=dict[str, str | None], repr=False)
    link: bool = False
    verified: bool = False
    displaces: bool = False
    makes: RecordStanding | None = None
    supersedes: bool = False
    holds: bool = False
    alike: tuple[str, ...] = ()
