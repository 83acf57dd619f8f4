"""Claiming due messages: one sender at a time holds the lease on each."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from core.database.statements import Connection, Statement, column_list, iso_utc
from core.outbox.message import ASIDE_MAX, Claimed
from core.outbox.quiet_hours import after_quiet_hours
from core.outbox.rows import CLAIMED, read_claimed

# The nearest message that goes before `{one}`: then each that leaves the queue releases one.
GOES_FIRST: Final = """
    SELECT earlier.id
    FROM outbox AS earlier
    WHERE earlier.kind = {one}kind
        AND earlier.value = {one}value
        AND earlier.channel = {one}channel
        AND earlier.status = 'queued'
        AND earlier.not_before <= {by}
        AND earlier.bulk <= {one}bulk
        AND earlier.unvouched <= {one}unvouched
        AND (earlier.quiet = '' OR {one}quiet <> '')  -- a reply waits for replies only
        AND COALESCE({one}not_after, '') = ''  -- a code would be too late
        AND {where}
    ORDER BY earlier.id DESC
    LIMIT 1
"""
# Status and `held_by` as the index `ix_outbox_ready` has them. Bare, `:bulk` might be the 0 of the
# index `ix_outbox_oldest`: SQLite would plan anew for each value.
DUE = Statement(
    """
    SELECT
        {claimed},
        EXISTS (
            SELECT 1
            FROM opt_outs
            WHERE due.answers_request = 0
                AND opt_outs.kind = due.kind
                AND opt_outs.value = due.value
                AND (opt_outs.out = 1 OR (opt_outs.out = 2 AND due.bulk = 1))  -- 2: of marketing
        ) AS opted_out,
        ({goes_first}) AS goes_first
    FROM outbox AS due
    WHERE due.status = 'queued'
        AND due.held_by IS NULL
        AND due.bulk = CAST(:bulk AS INTEGER)
        AND due.unvouched = CAST(:unvouched AS INTEGER)
        AND due.due_at <= :now
        AND (
            due.origin = ''
            OR :accounts LIKE '% ' || due.origin || ' %'
            OR due.due_at <= :others
        )
    ORDER BY due.due_at, due.id
    LIMIT :limit
    FOR UPDATE OF due SKIP LOCKED
    """,
    claimed=column_list(CLAIMED, of="due"),
    goes_first=GOES_FIRST.format(one="due.", by=":now", where="earlier.id < due.id"),
)
_FOUND: Final = (*CLAIMED, "opted_out", "goes_first")
# The lock keeps the earlier message in the queue until this transaction ends; the trigger that
# fires when it leaves then finds this one. It may have left since `DUE` was read.
_HOLD = Statement("""
    UPDATE outbox
    SET held_by = (
        SELECT earlier.id
        FROM outbox AS earlier
        WHERE earlier.id = :goes_first
            AND earlier.status = 'queued'
            AND earlier.not_before <= :now
        FOR NO KEY UPDATE SKIP LOCKED
    )
    WHERE id = :row_id
""")
_LEASE = Statement("""
    UPDATE outbox
    SET due_at = :until,
        attempts = attempts + 1,
        unsure_of = '',
        tried_at = COALESCE(tried_at, :now)
    WHERE id = :row_id
""")
_SILENCE = Statement("""
    UPDATE outbox
    SET status = 'opted_out'
    WHERE id = :row_id
""")
_PUT_OFF = Statement("""
    UPDATE outbox
    SET due_at = :until,
        not_before = :until
    WHERE id = :row_id
""")
# A flood of letters that nobody vouches for holds up no other message.
_LANES: Final = (
    {"bulk": 0, "unvouched": 0},
    {"bulk": 0, "unvouched": 1},
    {"bulk": 1, "unvouched": 0},
)
_Due = Mapping[str, Any]  # a row of `DUE`, by the names in `_FOUND`


class Room(NamedTuple):
    """How many messages a claim may lease, and how many of these may be `unvouched`."""

    most: int
    unvouched: int


def claim(
    connection: Connection, *, now: datetime, until: str, room: Room, among: Mapping[str, str]
) -> Sequence[Claimed]:
    """Lease due messages as `SqlOutbox.claim` does, until the ISO time `until`.

    `among` holds two parameters of `DUE`: `accounts`, our numbers between blanks, and `others`, an
    ISO time: replies from any other number are claimed only if they were due by then.
    """
    claimed: list[Claimed] = []
    aside: set[int] = set()
    for lane in _LANES:
        most = min(room.most, len(claimed) + room.unvouched) if lane["unvouched"] else room.most
        while (limit := min(most - len(claimed), ASIDE_MAX - len(aside))) > 0:
            found = connection.all(DUE, now=iso_utc(now), limit=limit, **lane, **among)
            rows = [dict(zip(_FOUND, row, strict=True)) for row in found]
            if aside.issuperset(row["id"] for row in rows):
                break
            ready = _put_aside(connection, rows, now)
            leased = {"until": until, "now": iso_utc(now)}
            connection.run_many(_LEASE, [{"row_id": row["id"], **leased} for row in ready])
            claimed += [read_claimed(row, now) for row in ready]
            aside |= {row["id"] for row in rows} - {row["id"] for row in ready}
            if len(ready) == len(rows) < limit:
                break  # no more are due, and none was put aside that held up another
    return claimed


def _put_aside(connection: Connection, rows: Sequence[_Due], now: datetime) -> Sequence[_Due]:
    """Put aside the messages that must not be sent, or not now; return the others."""
    ready, held, silent, early = [], [], [], []
    for row in rows:
        morning = after_quiet_hours(now, row["quiet"]) if row["quiet"] else now
        if row["goes_first"]:
            first = {"goes_first": row["goes_first"], "now": iso_utc(now)}
            held.append({"row_id": row["id"], **first})
        elif row["opted_out"]:
            silent.append({"row_id": row["id"]})
        elif morning > now:
            early.append({"row_id": row["id"], "until": iso_utc(morning)})
        else:
            ready.append(row)
    connection.run_many(_HOLD, held)
    connection.run_many(_SILENCE, silent)
    connection.run_many(_PUT_OFF, early)
    return ready
