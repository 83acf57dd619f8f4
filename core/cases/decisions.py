"""What each decision on each kind of case does: a pure function of evidence and decision.

The table names every pair that is allowed; any other is refused with words. Nothing here reads
or writes: what a plan says is shown before it is confirmed, and carried out after.
"""

from collections.abc import Callable, Mapping
from typing import Final

from core.cases.conflicts import (
    hand_over,
    is_reached,
    keep_record,
    merge,
    move_away,
    move_to,
    move_to_incoming,
    refuse_incoming,
    register,
    take_new,
    tell,
)
from core.cases.evidence import Column, Evidence
from core.cases.kinds import CaseKind, CaseStatus, Decision
from core.cases.plans import Params, Plan, Refusal, Step, StepKind, Telling, Words

_Decide = Callable[[Evidence, Params], Plan | Refusal]

ASKS: Final = {
    "nik": Words.ASKED_NIK,
    "name": Words.ASKED_NAME,
    "letter": Words.ASKED_LETTER,
    "call": Words.ASKED_CALL,
}
NOT_FOR_KIND: Final = "not_for_kind"


def decide(evidence: Evidence, decision: Decision, params: Params) -> Plan | Refusal:
    """Return what the decision does to this case, or why it cannot be made.

    `params` may hold `nik` and `phone` (parsed), `number` (of another record), `ask` (a template)
    and, of a merger, `keeps` (the number that stays) and `fields` (those of the other one that are
    taken over, joined by commas).
    """
    if decision is Decision.ASK:
        return _ask(evidence, params)
    rule = TABLE.get((evidence.kind, decision))
    return rule(evidence, params) if rule else Refusal(why=NOT_FOR_KIND)


def _ask(evidence: Evidence, params: Params) -> Plan | Refusal:
    template = ASKS.get(params.get("ask", "call"))
    side = _asked_side(evidence)
    if template is None:
        return Refusal(why="unknown_template")
    if side is None:
        return Refusal(why="nobody_to_tell")
    told = Telling(words=template, side=side, facts={"case": evidence.number})
    return Plan(tells=(told,), ends=CaseStatus.WAITING_FOR_PERSON)


def _asked_side(evidence: Evidence) -> str | None:
    """Return whose answer is wanted: whoever came last."""
    sides = (name for name in ("incoming", "on_file") if is_reached(evidence.column(name)))
    return next(sides, None)


def _keep_name(e: Evidence, _: Params) -> Plan | Refusal:
    return _verify(e)


def _take_roster_name(e: Evidence, _: Params) -> Plan | Refusal:
    if e.on_file is None or e.roster is None or not e.roster.full_name:
        return Refusal(why="not_on_roster")
    values = {"full_name": e.roster.full_name}
    return _verify(e, Step(kind=StepKind.CORRECT, side="on_file", values=values))


def _verify(e: Evidence, *before: Step) -> Plan | Refusal:
    if e.on_file is None:
        return Refusal(why="no_record")
    settle = Step(kind=StepKind.SETTLE, side="on_file", values={"status": "verified"})
    return Plan(steps=(*before, settle), tells=(tell(Words.VERIFIED, "on_file", e.on_file),))


def _move_on_file(e: Evidence, params: Params) -> Plan | Refusal:
    return move_to(e, params.get("nik", ""))


def _yield_on_file(e: Evidence, _: Params) -> Plan | Refusal:
    if e.on_file is None:
        return Refusal(why="no_record")
    step = Step(kind=StepKind.SUPERSEDE, side="on_file")
    return Plan(steps=(step,), tells=(tell(Words.YIELDED, "on_file", e.on_file),))


def _file_away(_: Evidence, __: Params) -> Plan | Refusal:
    """Close the case: nothing changes, and nobody is told."""
    return Plan()


def _accept_letter(e: Evidence, _: Params) -> Plan | Refusal:
    """Believe a letter that a record belongs on the roster: of the case, or the one named."""
    side = "on_file" if e.on_file is not None else "target"
    column = e.column(side)
    if column is None:
        return Refusal(why="number_needed")
    settle = Step(kind=StepKind.SETTLE, side=side, values={"status": "verified"})
    return Plan(steps=(settle,), tells=(tell(Words.VERIFIED, side, column),))


def _accept_phone(e: Evidence, params: Params) -> Plan | Refusal:
    """Let the record have the phone that is named, or the one that asks."""
    asking = e.incoming.address.value if e.incoming and e.incoming.address else ""
    phone = params.get("phone") or (asking if asking.startswith("+") else "")
    if e.on_file is None:
        return Refusal(why="no_record")
    if not phone:
        return Refusal(why="phone_needed")
    step = Step(kind=StepKind.MOVE_PHONE, side="on_file", values={"phone": phone})
    old = e.on_file.phone
    tells = [_tell_phone(Words.LINKED, e.on_file, phone)]
    if old not in ("", phone):  # the one that asks may have lied
        tells.append(_tell_phone(Words.UNLINKED, e.on_file, old))
    return Plan(steps=(step,), tells=tuple(tells))


def _tell_phone(words: Words, record: Column, phone: str) -> Telling:
    return Telling(words=words, side="on_file", facts={"number": record.number, "to": phone})


def _clear(e: Evidence, _: Params) -> Plan | Refusal:
    if e.on_file is None:
        return Refusal(why="no_record")
    step = Step(kind=StepKind.CLEAR, side="on_file")
    return Plan(steps=(step,), tells=(tell(Words.CLEARED, "on_file", e.on_file),))


def _say(words: Words, side: str) -> _Decide:
    """Return a decision that changes nothing, and says so."""

    def say(e: Evidence, _: Params) -> Plan | Refusal:
        column = e.column(side)
        if not is_reached(column):
            return Refusal(why="nobody_to_tell")
        return Plan(tells=(tell(words, side, e.on_file or column),))

    return say


def _by_two(_: Evidence, __: Params) -> Plan | Refusal:
    return Refusal(why="erase_by_two")


TABLE: Final[Mapping[tuple[CaseKind, Decision], _Decide]] = {
    (CaseKind.NAME_CONFLICT, Decision.KEEP): keep_record,
    (CaseKind.NAME_CONFLICT, Decision.TAKE_NEW): take_new,
    (CaseKind.NAME_CONFLICT, Decision.MOVE_NIK): move_away,
    (CaseKind.NAME_CONFLICT, Decision.HAND_OVER): hand_over,
    (CaseKind.NAME_CONFLICT, Decision.REFUSE): refuse_incoming,
    (CaseKind.NAME_CONFLICT, Decision.MERGE): merge,
    (CaseKind.TWIN_NIK, Decision.KEEP): keep_record,
    (CaseKind.TWIN_NIK, Decision.MOVE_NIK): move_to_incoming,
    (CaseKind.TWIN_NIK, Decision.ACCEPT): register,
    (CaseKind.TWIN_NIK, Decision.REFUSE): refuse_incoming,
    (CaseKind.TWIN_NIK, Decision.MERGE): merge,
    (CaseKind.ROSTER_NAME, Decision.KEEP): _keep_name,
    (CaseKind.ROSTER_NAME, Decision.TAKE_NEW): _take_roster_name,
    (CaseKind.ROSTER_NAME, Decision.MOVE_NIK): _move_on_file,
    (CaseKind.ROSTER_NAME, Decision.REFUSE): _yield_on_file,
    (CaseKind.ROSTER_NAME, Decision.MERGE): merge,
    (CaseKind.NOT_LISTED_APPEAL, Decision.KEEP): _file_away,
    (CaseKind.NOT_LISTED_APPEAL, Decision.ACCEPT): _accept_letter,
    (CaseKind.NOT_LISTED_APPEAL, Decision.REFUSE): _say(Words.APPEAL_REFUSED, "on_file"),
    (CaseKind.NOT_LISTED_APPEAL, Decision.MOVE_NIK): _move_on_file,
    (CaseKind.MIXED_LETTER, Decision.KEEP): _file_away,
    (CaseKind.MIXED_LETTER, Decision.ACCEPT): _accept_letter,
    (CaseKind.MIXED_LETTER, Decision.REFUSE): _say(Words.LETTER_REFUSED, "incoming"),
    (CaseKind.LOST_PHONE, Decision.KEEP): _file_away,
    (CaseKind.LOST_PHONE, Decision.ACCEPT): _accept_phone,
    (CaseKind.LOST_PHONE, Decision.REFUSE): _say(Words.PHONE_REFUSED, "incoming"),
    (CaseKind.PHONE_DENIED, Decision.KEEP): _file_away,
    (CaseKind.PHONE_DENIED, Decision.ACCEPT): _accept_phone,
    (CaseKind.PHONE_DENIED, Decision.REFUSE): _yield_on_file,
    (CaseKind.ERASE_REQUEST, Decision.ACCEPT): _by_two,
    (CaseKind.ERASE_REQUEST, Decision.REFUSE): _say(Words.ERASURE_REFUSED, "on_file"),
    (CaseKind.TOO_MANY, Decision.KEEP): _file_away,
    (CaseKind.TOO_MANY, Decision.ACCEPT): register,
    (CaseKind.TOO_MANY, Decision.REFUSE): refuse_incoming,
    (CaseKind.ASK_SITE, Decision.KEEP): _file_away,
    (CaseKind.ASK_SITE, Decision.ACCEPT): _clear,
    (CaseKind.ASK_SITE, Decision.REFUSE): _say(Words.NOT_CLEARED, "on_file"),
}
