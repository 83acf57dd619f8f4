"""Counts in SQL: a bound holds over all workers, and the same effect counts once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, or_, select
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database.statements import Connection, Statement, given, stamp
from core.database.tables import tallies
from core.outbox.sms_bounds import DAY_SECONDS, Bound

_FORGET = Statement(delete(tallies).where(tallies.c.since < given("before")))
_COUNTED = Statement(
    select(tallies.c.since, tallies.c.count, tallies.c.key).where(
        tallies.c.subject == given("subject")
    )
)

_first = insert(tallies).values(
    subject=given("subject"), since=given("now"), count=1, key=given("key")
)
_again = tallies.c.key == given("key")
_over = tallies.c.since <= given("stale")
# Touches no row where the bound is reached; the same effect is counted once.
_COUNT = Statement(
    _first.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "count": case((_again, tallies.c.count), (_over, 1), else_=tallies.c.count + 1),
            "since": case((and_(_over, ~_again), given("now")), else_=tallies.c.since),
            "key": given("key"),
        },
        where=or_(_again, _over, tallies.c.count < given("most")),
    )
)


def forget(connection: Connection, at: datetime) -> None:
    """Drop what no bound is about any more."""
    connection.run(_FORGET, before=stamp(at - timedelta(seconds=DAY_SECONDS)))


def count(
    connection: Connection, bounds: Sequence[Bound], *, at: datetime, key: str
) -> datetime | None:
    """Count one more under each of the bounds, or under none where one is reached.

    Return None, or when the last of those that are reached is over.
    """
    if over := reached(connection, bounds, at=at, key=key):
        return over
    for bound in bounds:
        now, stale = stamp(at), stamp(at - timedelta(seconds=bound.seconds))
        this = {"subject": bound.subject, "key": key, "now": now, "stale": stale}
        if not connection.run(_COUNT, **this, most=bound.most):  # by another, at this moment
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
