"""Count the invitations that wait in the outbox, and take them back before they are sent."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Final

from core.database.database import Database
from core.database.statements import Connection, Plain, Statement
from core.roster.lookup import invitation_key

BATCH_MAX: Final = 500  # invitations taken back in one transaction

_WAITING: Final = """
    FROM outbox
    WHERE status = 'queued'
        AND bulk = 1
        AND attempts = 0
        AND key >= :first
        AND key < :beyond"""
_COUNT: Final = Statement("SELECT count(*) {waiting}", waiting=_WAITING)
# Deleted, not withdrawn: a person has one invitation, and its key must be free for the next wave.
_TAKE_BACK: Final = Statement(
    """
    DELETE FROM outbox
    WHERE id IN (
        SELECT id
        {waiting}
        ORDER BY id
        LIMIT :limit
        FOR UPDATE SKIP LOCKED
    )
    RETURNING key
    """,
    waiting=_WAITING,
)
_TO_INVITE: Final = Statement("UPDATE roster SET invited_at = NULL WHERE id = :row_id")


def count_waiting(connection: Connection, campaign: str) -> int:
    """Return how many invitations, an SMS each, no provider has been given yet."""
    ((count,),) = connection.all(_COUNT, **_keys(campaign))
    return int(count)


async def recall(database: Database, campaign: str) -> AsyncIterator[int]:
    """Take back what no provider has been given, so that a later wave invites these people.

    Yields the size of each batch.
    """
    while taken := await database.write(partial(_take_back, campaign=campaign), alone=True):
        yield taken


def _take_back(connection: Connection, campaign: str) -> int:
    keys = [row[0] for row in connection.all(_TAKE_BACK, **_keys(campaign), limit=BATCH_MAX)]
    prefix = invitation_key(campaign, "")
    members = [int(key.removeprefix(prefix)) for key in keys]
    connection.run_many(_TO_INVITE, [{"row_id": one} for one in sorted(members)])
    return len(keys)


def _keys(campaign: str) -> dict[str, Plain]:
    prefix = invitation_key(campaign, "")
    return {"first": prefix, "beyond": f"{prefix}:"}  # the character after 9
