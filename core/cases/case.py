"""A case as it is kept, and where it stands at a moment."""

from datetime import datetime
from typing import Final, NamedTuple

from core.cases.kinds import CaseKind, CaseStatus
from core.cases.number import case_number
from core.database.statements import Connection, Statement, column_list, iso_utc
from core.messages import Address, AddressKind
from core.registration.standing import RecordStanding

WISH: Final = "correction:"  # how the key begins of what a person wants corrected

_ASIDE = (RecordStanding.CONTESTED, RecordStanding.SUPERSEDED)


class Case(NamedTuple):
    """A row of `cases`; times are ISO, or empty."""

    id: int
    key: str
    campaign: str
    kind: str
    nik: str
    record_id: int | None
    intent_id: str
    address_kind: str
    value: str
    detail: str
    status: str
    tries: int
    version: int
    opened_at: str
    updated_at: str
    taken_by: str
    taken_until: str
    decision: str
    decided_by: str
    decided_at: str
    reason: str
    undo: str

    @property
    def number(self) -> str:
        """Return the number that people are told."""
        return case_number(self.id)

    @property
    def address(self) -> Address | None:
        """Return the address that asked, if one did."""
        return Address(AddressKind(self.address_kind), self.value) if self.value else None

    @property
    def is_of_record(self) -> bool:
        """Return whether a record waits, and no intent."""
        return self.key.startswith("record:")

    @property
    def is_wish(self) -> bool:
        """Return whether a person asked for another name or NIK in their own record."""
        return self.key.startswith(WISH)

    def state(self, now: datetime) -> CaseStatus:
        """Return where it stands: a lock that has ended takes nothing from the queue."""
        status = CaseStatus(self.status)
        if status is CaseStatus.TAKEN and self.taken_until <= iso_utc(now):
            return CaseStatus.OPEN
        return status

    def holder(self, now: datetime) -> str:
        """Return who has taken it, "" if nobody has, or the time is over."""
        return self.taken_by if self.state(now) is CaseStatus.TAKEN else ""


_FIND = Statement(
    "SELECT {columns} FROM cases WHERE id = :row_id", columns=column_list(Case._fields)
)
_LOCK = Statement(
    "SELECT {columns} FROM cases WHERE id = :row_id FOR UPDATE", columns=column_list(Case._fields)
)


def find_case(connection: Connection, case_id: int, *, lock: bool = False) -> Case | None:
    """Return a case; with `lock` no other transaction changes it until this one ends."""
    row = connection.one(_LOCK if lock else _FIND, row_id=case_id)
    return None if row is None else Case._make(row)


def kind_of(case: Case, standing: str | None) -> CaseKind:
    """Return what the case is about by now: a contested record may have come to be held."""
    if not case.is_of_record or standing is None:
        return CaseKind(case.kind)
    return CaseKind.NAME_CONFLICT if standing in _ASIDE else CaseKind.ROSTER_NAME
