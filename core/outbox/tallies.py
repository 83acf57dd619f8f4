"""Counts in SQL: a bound holds over all workers, and the same effect counts once."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, or_, select
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database.statements import Connection, Statement, given, stamp
from core.database.tables import tallies
from core.outbox.sms_bounds import DAY_SECONDS, Bound

_FORGET = Statement(delete(tallies).where(tallies.c.since < given("before")))
_SINCE = Statement(select(tallies.c.since).where(tallies.c.subject == given("subject")))

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
    connection: Connection, bounds: Iterable[Bound], *, at: datetime, key: str
) -> datetime | None:
    """Count one more under each of the bounds, up to the first that is reached.

    Return None, or when that one is over.
    """
    for bound in bounds:
        window = timedelta(seconds=bound.seconds)
        when = {"now": stamp(at), "stale": stamp(at - window)}
        if not connection.run(_COUNT, subject=bound.subject, most=bound.most, key=key, **when):
            [(since,)] = connection.all(_SINCE, subject=bound.subject)
            return datetime.fromisoformat(since) + window
    return None
