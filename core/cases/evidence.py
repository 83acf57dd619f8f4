"""The evidence of a case, as three columns: on file, incoming, roster. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from core.cases.kinds import CaseKind
from core.fields.name_matching import fold_name, same_name
from core.fields.nik import sex_of
from core.messages import Address, Channel, Voucher
from core.registration.intent import RegistrationIntent

SHOWN: Final = ("nik", "full_name", "birth_date", "sex", "profession", "phone", "facility_code")
COLUMNS: Final = ("on_file", "incoming", "roster")
PERCENT: Final = 100


class Tie(NamedTuple):
    """How alike the names of two columns are, in percent, and whether they are one by our rule."""

    likeness: int
    same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one side says of the person; empty where it says nothing.

    `number`, `standing`, `status`, `version` and `proven` (the addresses that are) are those of a
    record; `voucher` and `at` those of an intent. `address` is where a message reaches the
    person: that of the intent, or the best one of the record.
    """

    nik: str = field(default="", repr=False)
    full_name: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)  # ISO
    sex: str = field(default="", repr=False)
    profession: str = ""
    phone: str = field(default="", repr=False)
    facility_code: str = ""
    number: str = ""
    record_id: int | None = None
    standing: str = ""
    status: str = ""
    version: int = 0
    language: str = ""
    booked: bool = False
    proven: tuple[Address, ...] = field(default=(), repr=False)
    address: Address | None = field(default=None, repr=False)
    channel: Channel | None = None
    voucher: Voucher | None = None
    at: datetime | None = None

    @property
    def vouched(self) -> bool:
        """Return whether anything vouches for what it says."""
        return self.voucher not in (None, Voucher.NOBODY)

    @property
    def proves_address(self) -> bool:
        """Return whether the address is proven to be the sender's."""
        return self.voucher in (Voucher.NETWORK, Voucher.CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that an official, or a rule, decides on.

    `ties` are those of the names, by the columns in the order of `COLUMNS`: ("incoming",
    "roster"). `target` is the record that a parameter of the decision names: that of a NIK or of
    a number. `spare` is the number of a record that the decision would make. With `wish`, what is
    incoming is what the person on file wants in its place. `version` grows with each change of the
    case and of its records.
    """

    kind: CaseKind
    number: str = ""  # of the case
    on_file: Column | None = None
    incoming: Column | None = None
    roster: Column | None = None
    target: Column | None = None
    intent: RegistrationIntent | None = field(default=None, repr=False)
    spare: str = ""
    wish: bool = False
    tries: int = 1
    version: int = 1
    ties: Mapping[tuple[str, str], Tie] = field(default_factory=dict[tuple[str, str], Tie])
    differences: frozenset[str] = frozenset()  # fields that not all columns agree on

    def column(self, name: str) -> Column | None:
        """Return a column by its name."""
        return {
            "on_file": self.on_file,
            "incoming": self.incoming,
            "roster": self.roster,
            "target": self.target,
        }[name]

    def same(self, one: str, other: str) -> bool:
        """Return whether these columns have one name, by the rule of registrations."""
        tie = self.ties.get((one, other))
        return tie is not None and tie.same

    def likeness(self, one: str, other: str) -> int:
        """Return how alike the names of these columns are; 0 where one has none."""
        tie = self.ties.get((one, other))
        return tie.likeness if tie else 0


def compare(evidence: Evidence, *, name_match_min: int) -> Evidence:
    """Return the evidence with its differences and the likeness of the names."""
    there = {name: one for name in COLUMNS if (one := evidence.column(name)) is not None}
    ties = {
        (one, other): _tie(there[one].full_name, there[other].full_name, name_match_min)
        for one, other in combinations(there, 2)
        if there[one].full_name and there[other].full_name
    }
    different = frozenset(name for name in SHOWN if _differ(name, there))
    return replace(evidence, ties=ties, differences=different)


def of_intent(intent: RegistrationIntent) -> Column:
    """Return what an intent says."""
    return Column(
        nik=intent.nik,
        full_name=intent.full_name,
        birth_date=intent.birth_date.isoformat(),
        sex=sex_of(intent.nik),
        profession=intent.profession,
        phone=intent.phone or "",
        language=intent.language,
        address=intent.address,
        channel=intent.channel,
        voucher=intent.voucher,
        at=intent.received_at,
    )


def _tie(one: str, other: str, name_match_min: int) -> Tie:
    likeness = round(fuzz.ratio(fold_name(one), fold_name(other)))
    return Tie(min(likeness, PERCENT), same_name(one, other, name_match_min))


def _differ(name: str, columns: Mapping[str, Column]) -> bool:
    """Return whether two columns that say something of this field disagree."""
    fold: Callable[[str], str] = fold_name if name == "full_name" else str
    said = {fold(value) for one in columns.values() if (value := getattr(one, name))}
    return len(said) > 1
