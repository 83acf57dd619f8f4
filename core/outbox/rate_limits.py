"""Rate limits in SQL, shared by all workers; the same effect (`key`) counts once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.database.statements import Connection, Statement, iso_utc
from core.outbox.sms_bounds import DAY_SECONDS, Bound

FORGET = Statement("""
    DELETE FROM tallies
    WHERE subject IN (
        SELECT subject
        FROM tallies
        WHERE since < :before
        ORDER BY since
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
""")
_COUNTED = Statement("""
    SELECT since, count, key
    FROM tallies
    WHERE subject = :subject
""")
# Touches no row where the limit is reached.
_COUNT = Statement("""
    INSERT INTO tallies (subject, since, count, key)
    VALUES (:subject, :now, 1, :key)
    ON CONFLICT (subject) DO UPDATE
    SET count = CASE
            WHEN tallies.key = :key THEN tallies.count
            WHEN tallies.since <= :stale THEN 1
            ELSE tallies.count + 1
        END,
        since = CASE
            WHEN tallies.key <> :key AND tallies.since <= :stale THEN :now
            ELSE tallies.since
        END,
        key = :key
    WHERE tallies.key = :key
        OR tallies.since <= :stale
        OR tallies.count < :most
""")


def forget(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete counts whose window had ended by then, whatever the bound; return how many.

    Until then a count that is over counts as none.
    """
    day_ago = iso_utc(before - timedelta(seconds=DAY_SECONDS))
    return connection.run(FORGET, before=day_ago, limit=limit)


def count(
    connection: Connection, bounds: Sequence[Bound], *, at: datetime, key: str
) -> datetime | None:
    """Count one more under every bound, and return None.

    If any is reached, count nothing; return when the last window of those reached ends.
    """
    if over := reached(connection, bounds, at=at, key=key):
        return over
    for bound in bounds:
        now, stale = iso_utc(at), iso_utc(at - timedelta(seconds=bound.seconds))
        where = {"subject": bound.subject, "key": key, "now": now, "stale": stale}
        if not connection.run(_COUNT, **where, most=bound.most):  # another worker was quicker
            return at + timedelta(seconds=bound.seconds)
    return None


def reached(
    connection: Connection, bounds: Sequence[Bound], *, at: datetime, key: str
) -> datetime | None:
    """Return when the last window of the bounds reached ends; None if none is reached."""
    ends = (_end(connection, bound, at=at, key=key) for bound in bounds)
    return max((end for end in ends if end), default=None)


def _end(connection: Connection, bound: Bound, *, at: datetime, key: str) -> datetime | None:
    """Return when the window ends, if the bound is reached by other effects than `key`."""
    row = connection.one(_COUNTED, subject=bound.subject)
    if row is None:
        return None
    since, counted, last = row
    end = datetime.fromisoformat(since) + timedelta(seconds=bound.seconds)
    return end if end > at and counted >= bound.most and last != key else None
