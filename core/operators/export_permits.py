"""Exports that two people agreed on: who may fetch which, and until when."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from core.database.statements import Connection, Statement, iso_utc
from core.operators.exports import Asked

VALID_HOURS: Final = 24

_ADD = Statement("""
    INSERT INTO exports (asked, format, asked_by, reason, expires_at)
    VALUES (:asked, :format, :asked_by, :reason, :expires_at)
    RETURNING id
""")
_READ = Statement("""
    SELECT asked, format, reason
    FROM exports
    WHERE id = :row_id AND asked_by = :operator AND expires_at > :now
""")


class Permit(NamedTuple):
    """One export: what, as which format, and why."""

    asked: Asked
    format: str
    reason: str


def permit(connection: Connection, what: Permit, *, operator: str, at: datetime) -> int:
    """Let the operator fetch the export for `VALID_HOURS`; return its id."""
    row = connection.one(
        _ADD,
        asked=msgspec.json.encode(what.asked).decode(),
        format=what.format,
        asked_by=operator,
        reason=what.reason,
        expires_at=iso_utc(at + timedelta(hours=VALID_HOURS)),
    )
    assert row is not None, "RETURNING gives a row"
    return int(row[0])


def read_permit(
    connection: Connection, row_id: int, *, operator: str, now: datetime
) -> Permit | None:
    """Return the export, None unless this operator may fetch it now."""
    row = connection.one(_READ, row_id=row_id, operator=operator, now=iso_utc(now))
    return None if row is None else Permit(msgspec.json.decode(row[0], type=Asked), *row[1:])
