"""Lists of staff from letters and the web: staged before they are acknowledged, answered once.

A list is claimed by one worker at a time, for a lease. Its persons are recorded one by one, each
by an intent of its own: a second run finds what the first recorded. The answer is queued in the
transaction that ends the list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from core.database.statements import Connection, Row, Statement, iso_utc
from core.messages import Inbound, ListedPerson, Prompt
from core.outbox.answers import AnswerBudget, answer_key, enqueue_answer
from core.outbox.message import Outgoing
from core.outbox.rate_limits import count, reached
from core.outbox.sms_bounds import Bound

ROWS_MAX: Final = 500  # of one list, by an authentic letter
ROWS_UNVOUCHED_MAX: Final = 20  # of a mailbox in a day, by letters that anybody may have written
LISTS_A_DAY_MAX: Final = 50  # of one mailbox, by authentic letters
LISTS_UNVOUCHED_A_DAY_MAX: Final = 5
AUTHENTIC, UNVOUCHED = 0, 1  # lanes: the first goes first

_STAGED = Statement("""
    SELECT 1
    FROM lists
    WHERE key = :key
""")
_STAGE = Statement("""
    INSERT INTO lists (key, value, lane, received_at, letter, persons, notes, state, due_at)
    VALUES (:key, :value, :lane, :at, :letter, :persons, :notes, 'staged', :at)
    ON CONFLICT (key) DO NOTHING
""")
_CLAIM = Statement("""
    UPDATE lists
    SET due_at = :until, attempts = attempts + 1
    WHERE id = (
        SELECT id
        FROM lists
        WHERE state = 'staged' AND due_at <= :now
        ORDER BY lane, due_at, id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, letter, persons, notes, attempts
""")
_FINISH = Statement("""
    UPDATE lists
    SET state = 'answered', persons = '[]', notes = '[]', results = :results
    WHERE id = :row_id AND state = 'staged'
""")
_PUT_OFF = Statement("""
    UPDATE lists
    SET due_at = :until, attempts = :attempts
    WHERE id = :row_id AND state = 'staged'
""")
_GIVE_UP = Statement("""
    UPDATE lists
    SET state = 'failed'
    WHERE id = :row_id AND state = 'staged'
""")
_WAITING = Statement("""
    SELECT COUNT(*), MIN(received_at)
    FROM lists
    WHERE state = 'staged'
""")
_ERASE_OLDER = Statement("""
    DELETE FROM lists
    WHERE id IN (
        SELECT id
        FROM lists
        WHERE state <> 'staged' AND received_at < :before
        ORDER BY received_at
        LIMIT :limit
    )
""")


@dataclass(frozen=True, slots=True)
class StagedList:
    """A claimed list; `letter` has no content of its own, and `attempts` counts this one."""

    id: int
    letter: Inbound
    persons: tuple[ListedPerson, ...] = field(repr=False)
    notes: tuple[Prompt, ...] = field(repr=False)
    attempts: int


def list_key(letter: Inbound) -> str:
    """Return the key of the answer in the outbox, that of any answer to this letter."""
    return answer_key(letter.address, letter.message_id)


def stage(
    connection: Connection,
    letter: Inbound,
    persons: Sequence[ListedPerson],
    notes: Sequence[Prompt] = (),
) -> None:
    """Stage the list of a letter, unless it is there already.

    Rows beyond the bounds are dropped, and all of them once the mailbox has sent too many lists
    in a day; a note says so.
    """
    key = list_key(letter)
    if connection.all(_STAGED, key=key):
        return
    kept, said = _bounded(connection, letter, persons)
    add(connection, letter, kept, [*notes, *said])


def add(
    connection: Connection,
    letter: Inbound,
    persons: Sequence[ListedPerson],
    notes: Sequence[Prompt] = (),
) -> None:
    """Stage all of the list, whatever the bounds."""
    bare = replace(letter, text="", answers={}, rows=(), files=())
    connection.run(
        _STAGE,
        key=list_key(letter),
        value=letter.address.value,
        lane=AUTHENTIC if letter.authentic else UNVOUCHED,
        at=iso_utc(letter.received_at),
        letter=_json(bare),
        persons=_json(persons),
        notes=_json(notes),
    )


def is_over(connection: Connection, letter: Inbound) -> bool:
    """Return True if no row of a list in this letter would be kept: the day's bound is reached.

    Asked before its tables are unpacked. A list that is staged already is not over.
    """
    if connection.all(_STAGED, key=list_key(letter)):
        return False
    bounds = [_lists_of(letter)]
    key = list_key(letter)
    return reached(connection, bounds, at=letter.received_at, key=key) is not None


def _lists_of(letter: Inbound) -> Bound:
    most = LISTS_A_DAY_MAX if letter.authentic else LISTS_UNVOUCHED_A_DAY_MAX
    return Bound(f"lists:{_sender(letter)}", most)


def _sender(letter: Inbound) -> str:
    return f"{letter.voucher}:{letter.address.conversation}"


def _bounded(
    connection: Connection, letter: Inbound, persons: Sequence[ListedPerson]
) -> tuple[Sequence[ListedPerson], Sequence[Prompt]]:
    key = list_key(letter)
    often = count(connection, [_lists_of(letter)], at=letter.received_at, key=key)
    rows = 0 if often else min(len(persons), ROWS_MAX)
    if not letter.authentic:
        rows = _count_rows(connection, letter, rows)
    if rows == len(persons) and not often:
        return persons, ()
    note = Prompt("list_too_long", {"count": str(rows)}) if rows else Prompt("list_too_often")
    return persons[:rows], (note,)


def _count_rows(connection: Connection, letter: Inbound, rows: int) -> int:
    """Count rows under the bound of the day; return how many fit."""
    bounds = [Bound(f"rows:{_sender(letter)}", ROWS_UNVOUCHED_MAX)]
    for row in range(rows):
        key = f"{list_key(letter)}/{row}"
        if count(connection, bounds, at=letter.received_at, key=key):
            return row
    return rows


def claim(connection: Connection, *, now: datetime, until: datetime) -> Row | None:
    """Lease the next list until `until`, and return it for `read_list`; None if none is due."""
    return connection.one(_CLAIM, now=iso_utc(now), until=iso_utc(until))


def read_list(row: Row) -> StagedList:
    """Return the claimed list.

    Read after the lease is durable: else one that cannot be read would be claimed for ever.
    """
    list_id, _letter, persons, notes, attempts = row
    return StagedList(
        id=list_id,
        letter=read_letter(row),
        persons=msgspec.json.decode(persons, type=tuple[ListedPerson, ...]),
        notes=msgspec.json.decode(notes, type=tuple[Prompt, ...]),
        attempts=attempts,
    )


def read_letter(row: Row) -> Inbound:
    """Return the letter of a claimed list, where perhaps the rest cannot be read."""
    return msgspec.json.decode(row[1], type=Inbound)


def finish(
    connection: Connection,
    staged: StagedList,
    results: Sequence[tuple[int, int, str]],
    answer: Outgoing,
    budget: AnswerBudget,
) -> str | None:
    """Store the result of each row (part, row, result) and queue the answer; None if done before.

    Returns what `enqueue_answer` does: why the answer is withheld, or "".
    """
    if not connection.run(_FINISH, row_id=staged.id, results=_json(results)):
        return None
    return enqueue_answer(connection, answer, budget=budget, aligned=staged.letter.aligned)


def put_off(connection: Connection, *, row_id: int, until: datetime, attempts: int) -> None:
    """Lease a list until then and set its attempts; one that is answered stays as it is."""
    connection.run(_PUT_OFF, row_id=row_id, until=iso_utc(until), attempts=attempts)


def give_up(
    connection: Connection,
    *,
    row_id: int,
    answer: Outgoing | None,
    budget: AnswerBudget,
    aligned: bool,
) -> str | None:
    """End a list that cannot be recorded; its persons are kept, for an official to read.

    Queues the answer, if there is one; returns what `finish` does.
    """
    if not connection.run(_GIVE_UP, row_id=row_id) or answer is None:
        return None
    return enqueue_answer(connection, answer, budget=budget, aligned=aligned)


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many lists are not answered yet, and when the oldest of them came."""
    ((number, since),) = connection.all(_WAITING)
    return number, datetime.fromisoformat(since) if since else None


def erase_older(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete lists that came before then and wait no more; return how many."""
    return connection.run(_ERASE_OLDER, before=iso_utc(before), limit=limit)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
