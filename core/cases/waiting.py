"""Cases that people open themselves: each once, however often they ask, in SQL."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from core.cases.queue import NewCase, open_case
from core.cases.requests import ANSWER_DAYS
from core.database.statements import Connection, Statement
from core.fields.timezones import WIB, local

_WAITING = Statement("""
    SELECT id, opened_at, detail
    FROM cases
    WHERE key = :key AND status <> 'decided'
""")


class Waiting(NamedTuple):
    """A case that waits; `detail` is as it was opened."""

    id: int
    opened_at: datetime
    detail: dict[str, Any]

    @property
    def by(self) -> date:
        """Return the day by which an official decides it."""
        return answered_by(self.opened_at)


def answered_by(opened_at: datetime) -> date:
    """Return the day by which an official decides a case that was opened then."""
    return local(opened_at + timedelta(days=ANSWER_DAYS), WIB).date()


def open_once(connection: Connection, new: NewCase, at: datetime) -> Waiting:
    """Open the case, unless one with its key waits; return the one that does."""
    if (waiting := find_waiting(connection, new.key)) is not None:
        return waiting
    open_case(connection, new, at)
    opened = find_waiting(connection, new.key)
    assert opened is not None, "it was opened"
    return opened


def find_waiting(connection: Connection, key: str) -> Waiting | None:
    """Return the case with this key that waits, if there is one."""
    row = connection.one(_WAITING, key=key)
    if row is None:
        return None
    case_id, opened_at, detail = row
    return Waiting(case_id, datetime.fromisoformat(opened_at), msgspec.json.decode(detail))
