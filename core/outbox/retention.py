"""What the outbox forgets: the text of a message that is of no more use.

Status, times, address and ids stay: who was told when can be known for longer than what.
"""

from datetime import datetime

from core.database.statements import Connection, Statement, iso_utc
from core.outbox.rows import BLANK

_BLANK = """
    UPDATE outbox
    SET reply = '{blank}',
        headers = '{{}}',
        ticket = NULL
    WHERE id IN (
        SELECT id
        FROM outbox
        WHERE {condition}
            AND reply <> '{blank}'
        ORDER BY {by}
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
"""
# Both are spelt as their partial indexes are.
BLANK_OUTDATED = Statement(
    _BLANK, blank=BLANK, by="not_after", condition="not_after IS NOT NULL AND not_after < :before"
)
BLANK_OLD = Statement(
    _BLANK, blank=BLANK, by="due_at", condition="status <> 'queued' AND due_at < :before"
)


def blank_outdated(connection: Connection, *, before: datetime, limit: int) -> int:
    """Blank messages that were of use until `before`, as codes are; return how many."""
    return connection.run(BLANK_OUTDATED, before=iso_utc(before), limit=limit)


def blank_old(connection: Connection, *, before: datetime, limit: int) -> int:
    """Blank messages that left the queue before then, sent or not; return how many.

    `due_at` of a message that is not queued is when its last attempt was to end.
    """
    return connection.run(BLANK_OLD, before=iso_utc(before), limit=limit)
