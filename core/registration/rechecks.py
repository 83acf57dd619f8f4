"""Asking about everybody again, step by step, once `roster.lookup.call_for_checks` was called."""

from core.database.statements import Connection, Statement

OPEN = ("received", "not_listed", "in_review")  # what the registry's word still changes
RECORDS_STEP = 5_000  # records looked at in one transaction

_CALLED = Statement("""
    SELECT campaign
    FROM rosters
    WHERE checks_after IS NOT NULL
    LIMIT 1
""")
_TAKE_CALL = Statement("""
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


def are_called_for(connection: Connection) -> bool:
    """Say whether there are any left."""
    return connection.one(_CALLED) is not None


def call_up(connection: Connection, *, now: str) -> None:
    """Make the checks of the next `RECORDS_STEP` records due, and note how far that is."""
    called = connection.one(_TAKE_CALL)
    if called is None:
        return
    campaign, after = called
    upto = after + RECORDS_STEP
    connection.run(_ALL_DUE, after=after, upto=upto, campaign=campaign, now=now)
    [(last,)] = connection.all(_LAST)
    connection.run(_ADVANCE, campaign=campaign, upto=upto if upto < (last or 0) else None)
