"""The funnel in SQL: people by day, channel and step."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from core.database.statements import Connection, Statement

DAYS_SHOWN_MAX: Final = 92

_ADD = Statement("""
    INSERT INTO funnel (day, channel, step, people)
    VALUES (:day, :channel, :step, :people)
    ON CONFLICT (day, channel, step) DO UPDATE
    SET people = funnel.people + excluded.people
""")
_READ = Statement("""
    SELECT day, channel, step, people
    FROM funnel
    WHERE day >= :since AND day <= :until
    ORDER BY day DESC, channel, step
""")


class Passed(NamedTuple):
    """So many people passed a step by a channel on a day of the campaign."""

    day: date
    channel: str
    step: str
    people: int


def add_passed(connection: Connection, day: date, counts: Mapping[tuple[str, str], int]) -> None:
    """Add counts by channel and step to those of the day, in one order for all writers."""
    for (channel, step), people in sorted(counts.items()):
        connection.run(_ADD, day=day.isoformat(), channel=channel, step=step, people=people)


def read_funnel(connection: Connection, *, since: date, until: date) -> Sequence[Passed]:
    """Return the counts of the days from `since` to `until`, the newest day first."""
    rows = connection.all(_READ, since=since.isoformat(), until=until.isoformat())
    return [Passed(date.fromisoformat(row[0]), *row[1:]) for row in rows]
