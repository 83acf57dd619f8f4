"""What one person asked for and a second must confirm."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.database.statements import Connection, Row, Statement, column_list, iso_utc

EXPIRES_HOURS: Final = 72
WAITING: Final = ""
CONFIRMING: Final = "confirming"  # being carried out; after a crash it can be confirmed again
CONFIRMING_SECONDS: Final = 60  # longer than any act takes; after that a crash is assumed
DONE: Final = "done"
REFUSED: Final = "refused"


class Approval(NamedTuple):
    """One that was asked for; `call` is JSON, empty once it was carried out or refused."""

    id: int
    act: str
    number: str
    call: str
    reason: str
    asked_by: str
    asked_at: str
    expires_at: str
    decided_by: str
    decided_at: str
    outcome: str


_COLUMNS: Final = column_list(Approval._fields)
_FILE = Statement("""
    INSERT INTO approvals (act, number, call, reason, asked_by, asked_at, expires_at)
    VALUES (:act, :number, :call, :reason, :asked_by, :asked_at, :expires_at)
    RETURNING id
""")
_READ = Statement("SELECT {columns} FROM approvals WHERE id = :row_id", columns=_COLUMNS)
_WAITING = Statement(
    """
    SELECT {columns}
    FROM approvals
    WHERE outcome IN ('', 'confirming') AND expires_at > :now
    ORDER BY asked_at, id
    LIMIT :limit
    """,
    columns=_COLUMNS,
)
_BEGIN = Statement("""
    UPDATE approvals
    SET outcome = 'confirming', decided_by = :by, decided_at = :at
    WHERE id = :row_id
        AND (outcome = '' OR outcome = 'confirming' AND decided_at < :crashed)
        AND expires_at > :at
""")
_REFUSE = Statement("""
    UPDATE approvals
    SET outcome = 'refused', decided_by = :by, decided_at = :at, call = ''
    WHERE id = :row_id AND outcome = '' AND expires_at > :at
""")
_FINISH = Statement("""
    UPDATE approvals
    SET outcome = 'done', call = ''
    WHERE id = :row_id AND outcome = 'confirming'
""")
_GIVE_BACK = Statement("""
    UPDATE approvals
    SET outcome = '', decided_by = '', decided_at = ''
    WHERE id = :row_id AND outcome = 'confirming'
""")


class Asked(NamedTuple):
    """What is asked for."""

    act: str
    number: str
    call: str
    reason: str
    asked_by: str


def file_approval(connection: Connection, asked: Asked, at: datetime) -> int:
    """Return the id of a new approval."""
    expires = at + timedelta(hours=EXPIRES_HOURS)
    row = connection.one(
        _FILE, **asked._asdict(), asked_at=iso_utc(at), expires_at=iso_utc(expires)
    )
    assert row is not None, "RETURNING gives a row"
    return int(row[0])


def read_approval(connection: Connection, row_id: int) -> Approval | None:
    """Return it, None if there is none."""
    row = connection.one(_READ, row_id=row_id)
    return None if row is None else _approval(row)


def list_waiting(connection: Connection, now: datetime, limit: int) -> Sequence[Approval]:
    """Return those that can be confirmed or refused, the oldest first."""
    return [_approval(row) for row in connection.all(_WAITING, now=iso_utc(now), limit=limit)]


def begin_confirming(connection: Connection, row_id: int, by: str, at: datetime) -> bool:
    """Keep others from deciding it; False if it was, is being carried out, or has expired."""
    crashed = iso_utc(at - timedelta(seconds=CONFIRMING_SECONDS))
    return bool(connection.run(_BEGIN, row_id=row_id, by=by, at=iso_utc(at), crashed=crashed))


def finish(connection: Connection, row_id: int) -> None:
    """Note that it was carried out."""
    connection.run(_FINISH, row_id=row_id)


def give_back(connection: Connection, row_id: int) -> None:
    """Let it wait again: it could not be carried out."""
    connection.run(_GIVE_BACK, row_id=row_id)


def refuse(connection: Connection, row_id: int, by: str, at: datetime) -> bool:
    """Refuse it; False if it was decided, is being carried out, or has expired."""
    return bool(connection.run(_REFUSE, row_id=row_id, by=by, at=iso_utc(at)))


def _approval(row: Row) -> Approval:
    return Approval(*row)
