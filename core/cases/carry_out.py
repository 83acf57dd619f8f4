"""A decision shown before it is confirmed, and carried out in one transaction, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.cases.case import Case, find_case
from core.cases.changes import Actor
from core.cases.decisions import decide
from core.cases.evidence import Evidence
from core.cases.kinds import CaseStatus, Decision
from core.cases.messages import Told, messages_of
from core.cases.plans import Params, Plan, Refusal, StepKind
from core.cases.queue import Conflict, why_not
from core.cases.reading import read_evidence
from core.cases.snapshots import (
    DECODE,
    ENCODE,
    OwnIntent,
    Snapshot,
    Standing,
    Undo,
    read_standings,
)
from core.cases.steps import Work, run_steps
from core.database.audit import Noted, note
from core.database.statements import Connection, Plain, Statement, iso_utc
from core.outbox.store import enqueue
from core.outbox.withholding import enqueue_unasked
from core.registration.terms import Terms

_NO_PARAMS: Params = {}

_CLOSE = Statement("""
    UPDATE cases
    SET status = :status,
        decision = :decision,
        decided_by = :who,
        decided_at = :at,
        reason = :reason,
        undo = :undo,
        taken_by = '',
        taken_until = '',
        updated_at = :at,
        version = version + 1
    WHERE id = :row_id
""")
# What a record that yields by this decision would wait for, has been decided with it.
_CLOSE_OTHER = Statement("""
    UPDATE cases
    SET status = 'decided',
        decision = :decision,
        decided_by = :who,
        decided_at = :at,
        reason = :reason,
        updated_at = :at,
        version = version + 1
    WHERE key = :key AND status <> 'decided' AND id <> :row_id
""")
_OWN_INTENT = Statement("""
    SELECT intent_id, record_id, outcome, number
    FROM intents
    WHERE intent_id = :intent_id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an official, or a rule, wants of a case; `version` is that of the evidence seen."""

    decision: Decision
    who: str
    at: datetime
    key: str = field(repr=False)
    reason: str = field(default="", repr=False)
    params: Params = field(default_factory=dict[str, str], repr=False)
    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a decision would do: the plan on this evidence, and the messages, word for word."""

    case: Case
    evidence: Evidence
    plan: Plan
    messages: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a decision did. `numbers` are those of the records that it is about."""

    case: Case
    messages: tuple[Told, ...] = ()
    numbers: tuple[str, ...] = ()


def preview(
    connection: Connection, case_id: int, wish: Wish, terms: Terms
) -> Preview | Refusal | Conflict | None:
    """Return what the decision would do, and change nothing; None if there is no such case."""
    case = find_case(connection, case_id)
    return None if case is None else _look(connection, case, wish, terms)


def carry_out(
    connection: Connection, case_id: int, wish: Wish, terms: Terms
) -> Decided | Refusal | Conflict | None:
    """Do what the decision says: change the rows, tell the people, close the case, note it.

    The same `wish.key` does it once. Write it `alone`, with the `meeting_keys` of the NIKs that it
    is about. Raises `LostRaceError` to be run again, and `StepRefusedError` if a record is no
    longer as the plan needs it: then nothing is kept.
    """
    case = find_case(connection, case_id, lock=True)
    if case is None:
        return None
    if case.undo and DECODE.decode(case.undo).key == wish.key:
        return Decided(case=case)
    seen = _look(connection, case, wish, terms)
    if not isinstance(seen, Preview):
        return seen
    work = Work(evidence=seen.evidence, actor=_actor(case, wish), terms=terms)
    before = read_standings(connection, _touched(seen.evidence))
    intent = connection.one(_OWN_INTENT, intent_id=case.intent_id) if case.intent_id else None
    run_steps(connection, seen.plan.steps, work)
    _send(connection, seen.messages, terms)
    undo = _undo(connection, seen, before, work, wish)
    undo = undo if intent is None else _with_intent(undo, OwnIntent(*intent))
    _close(connection, seen, wish, undo)
    numbers = _numbers(seen, work)
    for number in numbers or (None,):
        action = f"case {wish.decision} {case.number}"
        note(connection, Noted(wish.at, action, wish.who, number, wish.reason))
    closed = find_case(connection, case_id)
    assert closed is not None, "it is locked"
    return Decided(case=closed, messages=seen.messages, numbers=numbers)


def _look(
    connection: Connection, case: Case, wish: Wish, terms: Terms
) -> Preview | Refusal | Conflict:
    if why := why_not(case, who=wish.who, at=wish.at):
        return Conflict(why, case)
    minimum = terms.limits.name_match_min
    evidence = read_evidence(
        connection,
        case,
        name_match_min=minimum,
        params=wish.params,
        number_of=terms.number_of,
    )
    if wish.version not in (None, evidence.version):
        return Conflict("stale", case)
    plan = decide(evidence, wish.decision, wish.params)
    if isinstance(plan, Refusal):
        return plan
    key = _actor(case, wish).key
    messages = messages_of(evidence, plan, key=key, at=wish.at)
    return Preview(case=case, evidence=evidence, plan=plan, messages=messages)


def _actor(case: Case, wish: Wish) -> Actor:
    key = f"case/{case.id}/{case.version}"
    return Actor(name=wish.who, key=key, at=wish.at, reason=wish.reason)


def _touched(evidence: Evidence) -> list[int]:
    sides = (evidence.on_file, evidence.incoming, evidence.target)
    return [one.record_id for one in sides if one and one.record_id is not None]


def _send(connection: Connection, messages: Sequence[Told], terms: Terms) -> None:
    """Put the messages into the outbox: SMS about a record within the bounds of the phone."""
    for one in messages:
        if one.record_id is None:
            enqueue(connection, one.message)
        else:
            enqueue_unasked(
                connection, one.message, record_id=one.record_id, countries=terms.countries
            )


def _undo(
    connection: Connection, seen: Preview, before: dict[int, Standing], work: Work, wish: Wish
) -> Undo:
    made = [] if work.made is None else [work.made]
    after = read_standings(connection, [*before, *made])
    snapshots = [
        Snapshot(record_id=one, before=before.get(one), after=stands)
        for one, stands in after.items()
        if before.get(one) != stands
    ]
    told = [one.message.key for one in seen.messages]
    return Undo(key=wish.key, snapshots=snapshots, intent=None, told=told)


def _with_intent(undo: Undo, intent: OwnIntent) -> Undo:
    return Undo(key=undo.key, snapshots=undo.snapshots, intent=intent, told=undo.told)


def _close(connection: Connection, seen: Preview, wish: Wish, undo: Undo) -> None:
    said: dict[str, Plain] = {
        "decision": wish.decision.value,
        "who": wish.who,
        "at": iso_utc(wish.at),
        "reason": wish.reason,
        "row_id": seen.case.id,
    }
    for step in seen.plan.steps:
        column = seen.evidence.column(step.side) if step.side != "new" else None
        if step.kind is StepKind.SUPERSEDE and column is not None:
            connection.run(_CLOSE_OTHER, **said, key=f"record:{column.record_id}")
    ends = seen.plan.ends
    kept = ENCODE.encode(undo).decode() if _can_be_undone(seen.plan) else ""
    connection.run(_CLOSE, **said, status=ends.value, undo=kept)


def _can_be_undone(plan: Plan) -> bool:
    """Return whether rows tell how it was: a merger moves those of one record to the other."""
    merges = any(step.kind is StepKind.MERGE for step in plan.steps)
    return plan.ends is CaseStatus.DECIDED and not merges


def _numbers(seen: Preview, work: Work) -> tuple[str, ...]:
    sides = (seen.evidence.on_file, seen.evidence.incoming)
    numbers = [one.number for one in sides if one and one.number]
    made = [seen.evidence.spare] if work.made is not None else []
    return tuple(dict.fromkeys([*numbers, *made]))
