"""The audit as it is searched, and as it is exported for whoever wants to verify its chain."""

from collections.abc import Sequence
from itertools import combinations
from typing import Final, NamedTuple

from core.database.audit import CHAIN
from core.database.statements import Connection, Statement, column_list

PAGE_MAX: Final = 1_000  # rows of an export that are read at a time


class AuditRow(NamedTuple):
    """One row; `number` is None, and `why` and `salt` are empty, once its person was erased."""

    id: int
    at: str
    action: str
    operator: str
    number: str | None
    why: str
    salt: str
    sealed: str
    digest: str


class Wanted(NamedTuple):
    """What is searched for; "" or 0 for anything. `since` and `until` are as times are stored."""

    who: str = ""
    number: str = ""
    action: str = ""  # its first word
    since: str = ""
    until: str = ""
    before: int = 0  # a row's id: only older ones


_COLUMNS: Final = column_list(AuditRow._fields)
_CONDITIONS: Final = {
    "who": "operator = :who",
    "number": "number = :number",
    "action": "(action = :action OR substr(action, 1, length(:action) + 1) = :action || ' ')",
    "since": "at >= :since",
    "until": "at < :until",
    "before": "id < :before",
}
_PAGE = Statement(
    "SELECT {columns} FROM audit WHERE id > :after ORDER BY id LIMIT :limit", columns=_COLUMNS
)
_HEAD = Statement("SELECT digest FROM audit_heads WHERE chain = :chain")


def _search(names: tuple[str, ...]) -> Statement:
    conditions = " AND ".join(_CONDITIONS[name] for name in names) or "TRUE"
    return Statement(
        "SELECT {columns} FROM audit WHERE {conditions} ORDER BY id DESC LIMIT :limit",
        columns=_COLUMNS,
        conditions=conditions,
    )


# One for each set of conditions, in the order of `_CONDITIONS`.
_SEARCHES: Final = {
    names: _search(names)
    for count in range(len(_CONDITIONS) + 1)
    for names in combinations(_CONDITIONS, count)
}


def search_audit(connection: Connection, wanted: Wanted, limit: int) -> Sequence[AuditRow]:
    """Return rows, the newest first."""
    given = {name: value for name, value in wanted._asdict().items() if value}
    rows = connection.all(_SEARCHES[tuple(given)], **given, limit=limit)
    return [AuditRow(*row) for row in rows]


def read_page(connection: Connection, after: int) -> tuple[Sequence[AuditRow], str]:
    """Return the next rows in the order of the chain, and the digest at its head."""
    rows = [AuditRow(*row) for row in connection.all(_PAGE, after=after, limit=PAGE_MAX)]
    head = connection.one(_HEAD, chain=CHAIN)
    return rows, "" if head is None else str(head[0])
