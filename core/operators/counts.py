"""Counts of records and intents: exact at any moment, and as quick beside a million as beside one.

Triggers note each change in `count_changes` (migration 0031); `fold` adds them up in `counts`.
What a reader sees of both, in one snapshot, is what counting the tables would give.
"""

from collections import Counter
from datetime import datetime
from typing import Final

from core.database.statements import Connection, Statement

FOLDED_MAX: Final = 4_000  # changes of one transaction; SQLite takes 10 ms for so many

_READ = Statement("""
    SELECT about, kind, state, SUM(number)
    FROM (
        SELECT about, kind, state, number
        FROM counts
        UNION ALL
        SELECT about, kind, state, change
        FROM count_changes
    ) AS counted
    GROUP BY about, kind, state
""")
_TAKE = Statement("""
    DELETE FROM count_changes
    WHERE id IN (
        SELECT id
        FROM count_changes
        ORDER BY id
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
    RETURNING about, kind, state, change
""")
_ADD = Statement("""
    INSERT INTO counts (about, kind, state, number)
    VALUES (:about, :kind, :state, :change)
    ON CONFLICT (about, kind, state) DO UPDATE
    SET number = counts.number + excluded.number
""")
# As they are shown, by the columns of records and of intents.
_SHOWN: Final = {"records": ("standing", "status"), "intents": ("channel", "outcome")}


def read_counts(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many records have each status and standing, intents each channel and outcome."""
    shown: dict[str, Counter[str]] = {
        name: Counter() for name in ("status", "standing", "channel", "outcome")
    }
    for about, kind, state, number in connection.all(_READ):
        for name, value in zip(_SHOWN[about], (kind, state), strict=True):
            shown[name][value] += int(number)
    return {name: {value: n for value, n in sorted(of.items()) if n} for name, of in shown.items()}


def fold(connection: Connection, *, before: datetime, limit: int) -> int:  # noqa: ARG001
    """Add changes to the counts, whatever their age; return how many."""
    taken = connection.all(_TAKE, limit=limit)
    sums: Counter[tuple[str, str, str]] = Counter()
    for about, kind, state, change in taken:
        sums[about, kind, state] += change
    for (about, kind, state), change in sorted(sums.items()):
        connection.run(_ADD, about=about, kind=kind, state=state, change=change)
    return len(taken)
