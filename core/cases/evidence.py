"""The evidence of a case, as three columns: on file, incoming, roster. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from core.cases.kinds import CaseKind
from core.messages import Address, Channel, Voucher


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What one side says of the person; empty where it says nothing.

    `number`, `standing`, `status`, `version` and `proven` (the addresses that are) are those of a
    record; `address`, `channel`, `voucher` and `at` those of an intent.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that an official, or a rule, decides on. `likeness` is of the names, 0 to 100."""

    kind: CaseKind
    on_file: Column | None = None
    incoming: Column | None = None
    roster: Column | None = None
    tries: int = 1
    likeness: dict[str, int] = field(default_factory=dict[str, int])  # "incoming,roster" -> 92
    differences: frozenset[str] = frozenset()  # fields that not all columns agree on
