"""Counts in SQL: a bound holds over all workers, and the same effect counts once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from core.database.statements import Connection, Statement, iso_utc
from core.outbox.sms_bounds import DAY_SECONDS, Bound

_FORGET = Statement("""
    DELETE FROM tallies
    WHERE since < :before
""")
_COUNTED = Statement("""
    SELECT since, count, key
    FROM tallies
    WHERE subject = :subject
""")
# Touches no row where the bound is reached; the same effect is counted once.
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


def forget(connection: Connection, at: datetime) -> None:
    """Drop what no bound is about any more."""
    connection.run(_FORGET, before=iso_utc(at - timedelta(seconds=DAY_SECONDS)))


def count(
    connection: Connection, bounds: Sequence[Bound], *, at: datetime, key: str
) -> datetime | None:
    """Count one more under each of the bounds, or under none where one is reached.

    Return None, or when the last of those that are reached is over.
    """
    if over := reached(connection, bounds, at=at, key=key):
        return over
    for bound in bounds:
        now, stale = iso_utc(at), iso_utc(at - timedelta(seconds=bound.seconds))
        where = {"subject": bound.subject, "key": key, "now": now, "stale": stale}
        if not connection.run(_COUNT, **where, most=bound.most):  # by another, at this moment
            return at + timedelta(seconds=bound.seconds)
    return None


def reached(
    connection: Connection, bounds: Sequence[Bound], *, at: datetime, key: str
) -> datetime | None:
    """Return when the last of the bounds that are reached is over; None if none is."""
    ends = (_end(connection, bound, at=at, key=key) for bound in bounds)
    return max((end for end in ends if end), default=None)


def _end(connection: Connection, bound: Bound, *, at: datetime, key: str) -> datetime | None:
    """Return when a bound that is reached is over; an effect that was counted may count again."""
    counted = connection.one(_COUNTED, subject=bound.subject)
    if counted is None:
        return None
    since, so_many, last = counted
    end = datetime.fromisoformat(since) + timedelta(seconds=bound.seconds)
    return end if end > at and so_many >= bound.most and last != key else None
