"""What a decision comes to: steps that change rows, and words for each person. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.cases.kinds import CaseStatus

Params = Mapping[str, str]


class StepKind(StrEnum):
    """What a step does; `core/cases/steps.py` has a row for each."""

    REGISTER = "register"  # make a record of the incoming intent
    CORRECT = "correct"  # name, profession, phone
    MOVE_NIK = "move_nik"
    LINK = "link"  # the incoming address to the record on file
    MOVE_PHONE = "move_phone"
    SUPERSEDE = "supersede"  # the record yields, and gives its seat back
    HOLD = "hold"  # a contested record comes to be held
    SETTLE = "settle"  # what the roster said of the record, or would
    MERGE = "merge"
    CLEAR = "clear"  # a doctor's word on the screening


class Words(StrEnum):
    """What a person is told; each is a key of the catalogs."""

    KEPT = "case_kept"
    REGISTERED = "case_registered"
    VERIFIED = "verification_verified"
    CORRECTED = "case_corrected"
    NIK_MOVED = "case_nik_moved"
    LINKED = "case_linked"
    UNLINKED = "case_unlinked"
    YIELDED = "case_yielded"
    REFUSED = "case_refused"
    MERGED = "case_merged"
    APPEAL_REFUSED = "case_appeal_refused"
    PHONE_REFUSED = "case_phone_refused"
    CLEARED = "case_cleared"
    NOT_CLEARED = "case_not_cleared"
    LETTER_REFUSED = "case_letter_refused"
    ERASURE_REFUSED = "case_erasure_refused"
    WITHDRAWN = "case_withdrawn"
    ERASED = "case_erased"
    UNDONE = "case_undone"
    ASKED_NIK = "case_asked_nik"
    ASKED_NAME = "case_asked_name"
    ASKED_LETTER = "case_asked_letter"
    ASKED_CALL = "case_asked_call"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change; `side` is the column whose record it changes, "new" for the one registered."""

    kind: StepKind
    side: str
    values: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Words for the person of one column, with the facts that stand in them."""

    words: Words
    side: str
    facts: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a decision does, in this order, in one transaction."""

    steps: tuple[Step, ...] = ()
    tells: tuple[Telling, ...] = ()
    ends: CaseStatus = CaseStatus.DECIDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why the case cannot be decided so: a key of the catalogs."""

    why: str
