"""What hand-overs forget: a form once its code has expired, a link of a browser likewise."""

from datetime import datetime

from core.database.statements import Connection, Statement, iso_utc

FORGET_FORMS = Statement("""
    DELETE FROM handovers
    WHERE (kind, value) IN (
        SELECT kind, value
        FROM handovers
        WHERE expires_at < :before
        ORDER BY expires_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
""")
FORGET_ALIASES = Statement("""
    DELETE FROM aliases
    WHERE browser IN (
        SELECT browser
        FROM aliases
        WHERE expires_at < :before
        ORDER BY expires_at
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
""")


def forget_forms(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete forms whose code or link expired before then; return how many."""
    return connection.run(FORGET_FORMS, before=iso_utc(before), limit=limit)


def forget_aliases(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete the links of browsers that ended before then; return how many."""
    return connection.run(FORGET_ALIASES, before=iso_utc(before), limit=limit)
