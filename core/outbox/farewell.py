"""The last message to somebody whose data are erased: its row goes once it was sent."""

from datetime import datetime
from typing import Final

from core.database.statements import Connection, Statement, iso_utc

FAREWELL: Final = "erased/"  # before the receipt: the key of that message

# One that could not be sent is deleted once it is outdated. `/` is followed by `0`.
DELETE_FAREWELLS = Statement("""
    DELETE FROM outbox
    WHERE id IN (
        SELECT id
        FROM outbox
        WHERE key >= 'erased/'
            AND key < 'erased0'
            AND (status <> 'queued' OR not_after < :before)
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
""")


def delete_farewells(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete last messages that were sent, or cannot be any more; return how many."""
    return connection.run(DELETE_FAREWELLS, before=iso_utc(before), limit=limit)
