"""Which messages are due, and to whom: one sender at a time has each until its lease ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from core.database.statements import Connection, Statement, iso_utc, listed
from core.outbox.message import ASIDE_MAX, Claimed
from core.outbox.quiet_hours import after_quiet_hours
from core.outbox.rows import CLAIMED, read_claimed

# 'queued' as the index on what is due has it. What goes first is no NOT EXISTS: PostgreSQL would
# join all that is owed to all that is owed.
_DUE = Statement(
    """
    SELECT
        {claimed},
        EXISTS (
            SELECT 1
            FROM opt_outs
            WHERE due.answers_request = 0
                AND opt_outs.kind = due.kind
                AND opt_outs.value = due.value
                AND opt_outs.out = 1
        ) AS opted_out
    FROM outbox AS due
    WHERE due.status = 'queued'
        AND due.bulk = :bulk
        AND due.due_at <= :now
        AND (
            due.origin = ''
            OR :accounts LIKE '% ' || due.origin || ' %'
            OR due.due_at <= :others
        )
        AND (
            SELECT earlier.id
            FROM outbox AS earlier
            WHERE earlier.kind = due.kind
                AND earlier.value = due.value
                AND earlier.channel = due.channel
                AND earlier.status = 'queued'
                AND earlier.id < due.id
                AND earlier.not_before <= :now
                AND earlier.bulk <= due.bulk
                AND (earlier.quiet = '' OR due.quiet <> '')  -- an answer waits for answers only
                AND due.not_after IS NULL  -- a code would be too late
            LIMIT 1
        ) IS NULL
    ORDER BY due.due_at, due.id
    LIMIT :limit
    FOR UPDATE OF due SKIP LOCKED
    """,
    claimed=listed(CLAIMED, of="due"),
)
_FOUND: Final = (*CLAIMED, "opted_out")
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
_Due = Mapping[str, Any]  # a row of `_DUE` by the names in `_FOUND`


def claim(
    connection: Connection, *, now: datetime, until: str, limit: int, among: Mapping[str, str]
) -> Sequence[Claimed]:
    """Take due messages as `SqlOutbox.claim` does; `among` is which account's answers to take."""
    claimed: list[Claimed] = []
    aside = 0
    for bulk in (0, 1):
        while (room := min(limit - len(claimed), ASIDE_MAX - aside)) > 0:
            found = connection.all(_DUE, now=iso_utc(now), bulk=bulk, limit=room, **among)
            rows = [dict(zip(_FOUND, row, strict=True)) for row in found]
            if not rows:
                break
            ready = _put_aside(connection, rows, now)
            leased = {"until": until, "now": iso_utc(now)}
            connection.run_many(_LEASE, [{"row_id": row["id"], **leased} for row in ready])
            claimed += [read_claimed(row, now) for row in ready]
            aside += len(rows) - len(ready)
            if len(ready) == len(rows) < room:
                break  # there are no more, and none was put aside that held others up
    return claimed


def _put_aside(connection: Connection, rows: Sequence[_Due], now: datetime) -> Sequence[_Due]:
    """Put messages aside that may not be sent, or not now; return the others."""
    mornings = {
        row["id"]: after_quiet_hours(now, row["quiet"]) if row["quiet"] else now for row in rows
    }
    silent = [row["id"] for row in rows if row["opted_out"]]
    early = [row["id"] for row in rows if not row["opted_out"] and mornings[row["id"]] > now]
    connection.run_many(_SILENCE, [{"row_id": row_id} for row_id in silent])
    connection.run_many(
        _PUT_OFF, [{"row_id": row_id, "until": iso_utc(mornings[row_id])} for row_id in early]
    )
    return [row for row in rows if row["id"] not in {*silent, *early}]
