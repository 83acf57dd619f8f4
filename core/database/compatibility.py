"""Programs that are left behind by something else than a revision of the tables."""

from typing import Final

from core.database.statements import Connection, Statement

FIRST_TO_OPEN: Final = "0034"  # the first HEAD whose programs can read what is sealed

_LEAVE: Final = Statement("""
    UPDATE compatibility
    SET compatible_from = :first
    WHERE compatible_from < :first
""")


def leave_behind(connection: Connection, *, before: str) -> None:
    """Let no program start on these tables any more whose HEAD is older than `before`."""
    connection.run(_LEAVE, first=before)
