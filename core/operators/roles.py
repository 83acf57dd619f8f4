"""What each role may, as a table, and who acts in one. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Scope(StrEnum):
    """One thing that an operator may be allowed; each act of the API and console needs one."""

    SEARCH = "search"  # exact: by NIK, number, address
    FIND = "find"  # by name with birth date or regency
    REVEAL = "reveal"  # NIK, birth date and sex
    MESSAGES = "messages"  # status and messages of a person; resend
    BOOK = "book"  # for a caller
    DECIDE = "decide"  # cases, corrections, links, screenings, withdrawal
    DAY = "day"  # the list of a facility's day
    ATTEND = "attend"  # came, missed, walk-in, scan
    PLACES = "places"  # slots, closures
    IMPORT = "import"
    INVITE = "invite"
    EXPORT = "export"  # a second person confirms
    ERASE = "erase"  # also merge, undo, bulk: a second person confirms
    OVERVIEW = "overview"  # counts, without any person
    AUDIT_OWN = "audit_own"
    AUDIT = "audit"
    SETUP = "setup"  # operators, settings, phrases


class Role(StrEnum):
    """What an operator is."""

    HELPDESK = "helpdesk"
    OFFICER = "officer"
    FACILITY = "facility"  # for its own facility only
    MANAGER = "manager"
    AUDITOR = "auditor"


_HELPDESK: Final = {Scope.SEARCH, Scope.MESSAGES, Scope.BOOK, Scope.DAY, Scope.OVERVIEW}
_OFFICER: Final = {Scope.FIND, Scope.REVEAL, Scope.DECIDE, Scope.ERASE, Scope.AUDIT_OWN}
SCOPES: Final[Mapping[Role, frozenset[Scope]]] = {
    Role.HELPDESK: frozenset(_HELPDESK),
    Role.OFFICER: frozenset(_HELPDESK | _OFFICER),
    Role.FACILITY: frozenset({Scope.DAY, Scope.ATTEND}),
    Role.MANAGER: frozenset(Scope),
    Role.AUDITOR: frozenset({Scope.AUDIT, Scope.AUDIT_OWN, Scope.OVERVIEW}),
}
CONFIRMS: Final = frozenset({Role.MANAGER})  # may confirm what another asked for
SHARED: Final = "operator"  # the name of whoever uses SATUPINTU_OPERATOR_TOKEN: a manager


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who acts; `scopes` are those of the role, or fewer for a personal token."""

    name: str
    role: Role
    scopes: frozenset[Scope]
    facility_code: str = ""  # of the role `facility`: the only one it sees


def shared_operator() -> Operator:
    """Return whoever uses SATUPINTU_OPERATOR_TOKEN."""
    return Operator(name=SHARED, role=Role.MANAGER, scopes=SCOPES[Role.MANAGER])
