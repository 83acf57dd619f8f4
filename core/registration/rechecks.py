"""Checking all open records again, in steps, after `roster.lookup.request_rechecks`."""

from core.database.statements import Connection, Statement

OPEN = ("received", "not_listed", "in_review")  # statuses that a verdict can still change
RECORDS_STEP = 5_000  # records looked at in one transaction

_REQUESTED = Statement("""
    SELECT campaign
    FROM rosters
    WHERE checks_after IS NOT NULL
    LIMIT 1
""")
_LOCK_REQUEST = Statement("""
    SELECT campaign, checks_after
    FROM rosters
    WHERE checks_after IS NOT NULL
    LIMIT 1
    FOR UPDATE
""")
_ALL_DUE = Statement(
    """
    UPDATE records
    SET check_due_at = :now, check_attempts = 0, check_round = check_round + 1
    WHERE id > :after AND id <= :upto AND campaign = :campaign AND status IN ({open})
""",
    open=", ".join(f"'{status}'" for status in OPEN),
)
_LAST = Statement("SELECT max(id) FROM records")
_ADVANCE = Statement("""
    UPDATE rosters
    SET checks_after = :upto
    WHERE campaign = :campaign
""")


def rechecks_requested(connection: Connection) -> bool:
    """Return whether any recheck still waits to be scheduled."""
    return connection.one(_REQUESTED) is not None


def schedule_rechecks(connection: Connection, *, now: str) -> None:
    """Make the checks of the next `RECORDS_STEP` records due, and store the progress."""
    requested = connection.one(_LOCK_REQUEST)
    if requested is None:
        return
    campaign, after = requested
    upto = after + RECORDS_STEP
    connection.run(_ALL_DUE, after=after, upto=upto, campaign=campaign, now=now)
    [(last,)] = connection.all(_LAST)
    connection.run(_ADVANCE, campaign=campaign, upto=upto if upto < (last or 0) else None)
