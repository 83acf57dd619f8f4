"""What proofs forget: a code once it has expired, and that it was asked for a day later."""

from datetime import datetime, timedelta

from core.database.statements import Connection, Statement, iso_utc
from core.outbox.sms_bounds import DAY_SECONDS

_PLACE = "record_id, kind, value"
# Both are spelt as their partial indexes are.
BLANK_CODES = Statement(
    """
    UPDATE proofs
    SET code = ''
    WHERE ({place}) IN (
        SELECT {place}
        FROM proofs
        WHERE code <> '' AND expires_at < :before
        ORDER BY expires_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
    """,
    place=_PLACE,
)
DELETE_SPENT = Statement(
    """
    DELETE FROM proofs
    WHERE ({place}) IN (
        SELECT {place}
        FROM proofs
        WHERE code = '' AND expires_at < :before
        ORDER BY expires_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
    """,
    place=_PLACE,
)


def blank_codes(connection: Connection, *, before: datetime, limit: int) -> int:
    """Blank codes that expired before then; return how many."""
    return connection.run(BLANK_CODES, before=iso_utc(before), limit=limit)


def delete_spent(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete proofs whose code expired a day before then; return how many."""
    day_ago = iso_utc(before - timedelta(seconds=DAY_SECONDS))
    return connection.run(DELETE_SPENT, before=day_ago, limit=limit)
