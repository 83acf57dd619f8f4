"""How many messages the outbox holds, by where they stand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple

from core.database.statements import Connection, Statement, iso_utc

COUNTED_MAX: Final = 100_000  # in one state
_QUEUED: Final = "status = 'queued' AND held_by IS NULL AND bulk IN (0, 1) AND unvouched IN (0, 1)"
# Each is a range of an index that holds no message of the past.
_WHERE: Final = {
    "due": f"{_QUEUED} AND due_at <= :now",
    "later": f"{_QUEUED} AND due_at > :now",
    "held": "status = 'queued' AND held_by IS NOT NULL",
    "dead": "status = 'dead'",
    "withheld": "status = 'withheld'",
}
STATES: Final = tuple(_WHERE)
_COUNTS: Final = {
    state: Statement(
        """
        SELECT channel, bulk, COUNT(*)
        FROM (SELECT channel, bulk FROM outbox WHERE {where} LIMIT :most) AS counted
        GROUP BY channel, bulk
        """,
        where=where,
    )
    for state, where in _WHERE.items()
}


class Standing(NamedTuple):
    """Where some messages stand; `state` is one of `STATES`."""

    channel: str
    state: str
    bulk: bool


def count_messages(connection: Connection, *, now: datetime) -> Mapping[Standing, int]:
    """Return how many messages stand where, in each state counted up to `COUNTED_MAX`.

    One that a sender has claimed is `later`; `held` are those behind another to the same address.
    """
    return {
        Standing(channel, state, bool(bulk)): count
        for state, statement in _COUNTS.items()
        for channel, bulk, count in connection.all(statement, most=COUNTED_MAX, now=iso_utc(now))
    }
