"""A decision undone within a day: the rows are as they were, and who was told is told, in SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec

from core.cases.case import Case, find_case
from core.cases.changes import Actor
from core.cases.changes.record import note as keep_history
from core.cases.kinds import CaseStatus
from core.cases.plans import Refusal, Words
from core.cases.restoring import NotRestorableError, restore
from core.cases.snapshots import DECODE, Snapshot, Undo, read_standings
from core.database.audit import Noted, note
from core.database.statements import Connection, Statement, iso_utc
from core.fields.timezones import zone_of
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.store import enqueue, withdraw

UNDO_HOURS: Final = 24

_UNDONE = Statement("""
    UPDATE cases
    SET status = 'undone', undo = '', updated_at = :at, version = version + 1
    WHERE id = :row_id
""")
_WAITS_AGAIN = Statement("""
    SELECT id
    FROM cases
    WHERE key = :key AND status <> 'decided'
""")
_RESTORE_INTENT = Statement("""
    UPDATE intents
    SET record_id = :record_id, outcome = :outcome, number = :number
    WHERE intent_id = :intent_id
""")
_MESSAGE = Statement("""
    SELECT channel, kind, value, reply, status, attempts
    FROM outbox
    WHERE key = :key
""")
_VERDICTS = Statement("""
    SELECT intent_id
    FROM history
    WHERE record_id = :record_id AND field = 'status' AND at >= :since
""")
_NUMBER = Statement("SELECT number FROM records WHERE id = :record_id")
_FORGET = Statement("""
    UPDATE cases
    SET undo = ''
    WHERE id IN (
        SELECT id
        FROM cases
        WHERE undo <> '' AND decided_at < :before
        ORDER BY decided_at
        LIMIT :limit
    )
""")
_REPLY: Final = msgspec.json.Decoder(Reply)


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoWish:
    """Who wants a decision undone, when, and why."""

    who: str
    at: datetime
    reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A case that waits again; `messages` go to those who had been told already."""

    case: Case
    messages: tuple[Outgoing, ...] = ()
    numbers: tuple[str, ...] = ()


def undo(connection: Connection, case_id: int, wish: UndoWish) -> Undone | Refusal | None:
    """Undo a decision, unless somebody has changed its records since; None for no such case.

    A record that the decision made yields; its number stays. Write it `alone`. Raises
    `NotRestorableError` where a row is another's by now: then nothing is kept.
    """
    case = find_case(connection, case_id, lock=True)
    if case is None:
        return None
    if case.status == CaseStatus.UNDONE:
        return Undone(case=case)
    if why := _why_not(connection, case, wish.at):
        return Refusal(why=why)
    done = DECODE.decode(case.undo)
    now = read_standings(connection, [one.record_id for one in done.snapshots])
    if any(not one.after.same_as(now[one.record_id]) for one in done.snapshots):
        return Refusal(why="changed_since")
    connection.run(_UNDONE, row_id=case.id, at=iso_utc(wish.at))
    actor = Actor(
        name=wish.who, key=f"case/{case.id}/{case.version}/undo", at=wish.at, reason=wish.reason
    )
    for one in _in_order(done.snapshots):
        _restore(connection, case, one, actor)
    if done.intent is not None:
        connection.run(_RESTORE_INTENT, **msgspec.structs.asdict(done.intent))
    messages = _take_back(connection, done, actor)
    return _end(connection, case, done, messages, wish)


def forget_old(connection: Connection, *, before: datetime, limit: int) -> int:
    """Forget what undoes the decisions made before then; return of how many."""
    return connection.run(_FORGET, before=iso_utc(before), limit=limit)


def _why_not(connection: Connection, case: Case, at: datetime) -> str:
    if case.status != CaseStatus.DECIDED or not case.undo:
        return "not_decided"
    if datetime.fromisoformat(case.decided_at) + timedelta(hours=UNDO_HOURS) <= at:
        return "too_late"
    return "changed_since" if connection.one(_WAITS_AGAIN, key=case.key) else ""


def _in_order(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    """Return first those that leave a NIK, then those that come back to it: one holds it."""
    current = {"claimed", "held"}
    return sorted(
        snapshots,
        key=lambda one: one.before is not None and one.before.fields["standing"] in current,
    )


def _restore(connection: Connection, case: Case, one: Snapshot, actor: Actor) -> None:
    changed = restore(connection, one, at=actor.at)
    for name, (old, new) in changed.items():
        keep_history(connection, one.record_id, actor, field=name, old=old, new=new)
    verdicts = connection.all(_VERDICTS, record_id=one.record_id, since=case.decided_at)
    withdraw(connection, [key for (key,) in verdicts])  # on what is no longer so


def _take_back(connection: Connection, done: Undo, actor: Actor) -> tuple[Outgoing, ...]:
    """Withdraw what was not sent yet; return what tells the others that it was wrong."""
    messages: list[Outgoing] = []
    for place, key in enumerate(done.told):
        row = connection.one(_MESSAGE, key=key)
        if row is None:
            continue
        channel, kind, value, reply, status, attempts = row
        withdraw(connection, [key])
        if status in ("sent", "delivered", "read") or (status == "queued" and attempts):
            address = Address(AddressKind(kind), value)
            language = _REPLY.decode(reply).language
            messages.append(_wrong(address, Channel(channel), language, actor, place))
    for message in messages:
        enqueue(connection, message)
    return tuple(messages)


def _wrong(
    address: Address, channel: Channel, language: str, actor: Actor, place: int
) -> Outgoing:
    return Outgoing(
        key=f"{actor.key}/{place}",
        channel=channel,
        address=address,
        reply=Reply((Prompt(Words.UNDONE),), language, ends=True),
        created_at=actor.at,
        answers_request=False,
        quiet=zone_of(""),
    )


def _end(
    connection: Connection,
    case: Case,
    done: Undo,
    messages: tuple[Outgoing, ...],
    wish: UndoWish,
) -> Undone:
    rows = [connection.one(_NUMBER, record_id=one.record_id) for one in done.snapshots]
    numbers = tuple(row[0] for row in rows if row is not None)
    for number in numbers or (None,):
        action = f"case undo {case.number}"
        note(connection, Noted(wish.at, action, wish.who, number, wish.reason))
    found = find_case(connection, case.id)
    assert found is not None, "it is locked"
    return Undone(case=found, messages=messages, numbers=numbers)


__all__ = ["UNDO_HOURS", "NotRestorableError", "UndoWish", "Undone", "forget_old", "undo"]
