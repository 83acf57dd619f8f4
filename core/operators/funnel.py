"""The funnel in SQL: people by day, channel and step."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from statistics import median
from typing import Final, NamedTuple

from core.database.statements import Connection, Statement

DAYS_SHOWN_MAX: Final = 92
TIMED_MAX: Final = 1_000  # registrations of which the median time is taken: the newest

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
_NEWEST = Statement("""
    SELECT channel, received_at, intent
    FROM intents
    WHERE outcome = 'registered'
    ORDER BY id DESC
    LIMIT :limit
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


def median_seconds(connection: Connection) -> Mapping[str, int]:
    """Return by channel the median time from consent to confirmation of the newest forms.

    A form that is consented to and confirmed by one message, as a letter is, has no time.
    """
    taken: dict[str, list[float]] = defaultdict(list)
    for channel, received_at, intent in connection.all(_NEWEST, limit=TIMED_MAX):
        consented = datetime.fromisoformat(json.loads(intent)["consent_at"])
        seconds = (datetime.fromisoformat(received_at) - consented).total_seconds()
        if seconds >= 1:
            taken[channel].append(seconds)
    return {channel: round(median(taken[channel])) for channel in sorted(taken)}
