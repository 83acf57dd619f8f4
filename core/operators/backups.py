"""The mark of the last backup, by which an operator is told that there is none of late."""

from datetime import datetime
from typing import Final

from core.database.statements import Connection, Statement, iso_utc

_FORGET: Final = Statement("DELETE FROM backups WHERE at <= :at")
_NOTE: Final = Statement("INSERT INTO backups (at) VALUES (:at) ON CONFLICT (at) DO NOTHING")
_LAST: Final = Statement("SELECT max(at) FROM backups")


def note_backup(connection: Connection, at: datetime) -> None:
    """Note that a backup was complete; the newest is kept."""
    connection.run(_FORGET, at=iso_utc(at))
    connection.run(_NOTE, at=iso_utc(at))


def last_backup(connection: Connection) -> datetime | None:
    """Return when the last backup was complete; None if none was ever made by the command."""
    row = connection.one(_LAST)
    return datetime.fromisoformat(row[0]) if row and row[0] else None
