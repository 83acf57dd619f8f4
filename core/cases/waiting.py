"""Cases that people open themselves: each once, however often they ask, in SQL."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from core.cases.queue import KEY_OF, NewCase, open_case
from core.cases.requests import ANSWER_DAYS
from core.database.statements import Connection, Row, Statement
from core.fields.timezones import WIB, local

_WAITING = Statement(
    """
    SELECT id, opened_at, detail
    FROM cases
    WHERE key = {whose} AND status <> 'decided'
    """,
    whose=KEY_OF,
)
_ASKED = Statement(
    """
    SELECT id, opened_at, detail
    FROM cases
    WHERE record_id = :record_id AND key = {whose}
    ORDER BY id DESC
    """,
    whose=KEY_OF,
)


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


def open_once(connection: Connection, new: NewCase, at: datetime, *, asked: str) -> Waiting:
    """Open the case, unless one with its key waits; return the one that does.

    An effect that runs again (`asked` is its key) opens no second one, even after the first was
    decided: it may come from a worker that was stuck meanwhile.
    """
    before = find_waiting(connection, new.key, new.whose) or _find_asked(connection, new, asked)
    if before is not None:
        return before
    open_case(connection, new._replace(detail={**new.detail, "asked": asked}), at)
    opened = find_waiting(connection, new.key, new.whose)
    assert opened is not None, "it was opened"
    return opened


def find_waiting(connection: Connection, key: str, whose: str = "") -> Waiting | None:
    """Return the case with this key that waits, if there is one."""
    row = connection.one(_WAITING, key=key, whose=whose)
    return None if row is None else _read(row)


def _find_asked(connection: Connection, new: NewCase, asked: str) -> Waiting | None:
    if new.record_id is None:
        return None
    own = {"key": new.key, "whose": new.whose}
    found = map(_read, connection.all(_ASKED, record_id=new.record_id, **own))
    return next((one for one in found if one.detail.get("asked") == asked), None)


def _read(row: Row) -> Waiting:
    case_id, opened_at, detail = row
    return Waiting(case_id, datetime.fromisoformat(opened_at), msgspec.json.decode(detail))
