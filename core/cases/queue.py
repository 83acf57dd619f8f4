"""The queue in SQL: cases are opened, found and taken. Deciding them is `carry_out`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from core.cases.case import Case, find_case
from core.cases.kinds import CaseKind, CaseStatus
from core.cases.number import case_id
from core.database.statements import Connection, Plain, Statement, column_list, iso_utc
from core.messages import Address

TAKEN_MINUTES: Final = 10  # a case is an official's own for so long, and then anybody's
_NO_DETAIL: Final[Mapping[str, Any]] = {}


class NewCase(NamedTuple):
    """What waits for a human, where no trigger sees it.

    Of one `key` and `whose`, which names a person, one case waits at a time.
    """

    kind: CaseKind
    key: str
    campaign: str
    nik: str = ""
    record_id: int | None = None
    address: Address | None = None
    detail: Mapping[str, Any] = _NO_DETAIL
    whose: str = ""


class Search(NamedTuple):
    """What is looked for: waiting cases unless `status` says otherwise, the oldest first.

    `number` is a case's or a registration's; `after` is the last case of the page before.
    """

    status: str = ""
    kind: str = ""
    number: str = ""
    after: int = 0


class Conflict(NamedTuple):
    """Why a case cannot be changed: somebody else did, or has it. `case` is how it stands."""

    why: str  # decided, taken, stale, not_decided
    case: Case


KEY_OF: Final = ":key || :whose"  # of a `NewCase`
_AGAIN = Statement(
    """
    UPDATE cases
    SET tries = tries + 1, updated_at = :at, version = version + 1
    WHERE key = {whose} AND status <> 'decided'
    """,
    whose=KEY_OF,
)
_WAITING_ID = Statement(
    "SELECT id FROM cases WHERE key = {whose} AND status <> 'decided'", whose=KEY_OF
)
_OPEN = Statement(
    """
    INSERT INTO cases (
        key, campaign, kind, nik, record_id, address_kind, value, detail, opened_at, updated_at
    )
    VALUES (
        {whose}, :campaign, :kind, :nik, :record_id, :address_kind, :value, :detail, :at, :at
    )
    ON CONFLICT DO NOTHING
    """,
    whose=KEY_OF,
)
_TAKE = Statement("""
    UPDATE cases
    SET status = 'taken',
        taken_by = :who,
        taken_until = :until,
        updated_at = :at,
        version = version + 1
    WHERE id = :row_id
""")
_RELEASE = Statement("""
    UPDATE cases
    SET status = 'open', taken_by = '', taken_until = '', updated_at = :at, version = version + 1
    WHERE id = :row_id
""")
_FREE: Final = "(status IN ('open', 'undone') OR status = 'taken' AND taken_until <= :now)"
_STATES: Final = {
    "": "status <> 'decided'",
    CaseStatus.OPEN: f"status <> 'decided' AND {_FREE}",
    CaseStatus.TAKEN: "status <> 'decided' AND status = 'taken' AND taken_until > :now",
    CaseStatus.WAITING_FOR_PERSON: "status <> 'decided' AND status = 'waiting_for_person'",
    CaseStatus.UNDONE: "status <> 'decided' AND status = 'undone'",
}
_COLUMNS: Final = column_list(Case._fields)
_KINDS: Final = {False: ":kind = ''", True: "kind = :kind"}  # an index serves each
_WAITING: Final = {
    (state, of_kind): Statement(
        """
        SELECT {columns}
        FROM cases
        WHERE {condition}
            AND {kind}
            AND (opened_at, id) > (:opened_at, :after)
        ORDER BY opened_at, id
        LIMIT :limit
        """,
        columns=_COLUMNS,
        condition=condition,
        kind=kind,
    )
    for state, condition in _STATES.items()
    for of_kind, kind in _KINDS.items()
}
# Without those that never waited: what nobody vouches for, and nothing contradicts.
_DECIDED: Final = Statement(
    """
    SELECT {columns}
    FROM cases
    WHERE status = 'decided'
        AND decision <> ''
        AND (:kind = '' OR kind = :kind)
        AND (:after = 0 OR id < :after)
    ORDER BY id DESC
    LIMIT :limit
    """,
    columns=_COLUMNS,
)
_NUMBERED: Final = Statement(
    """
    SELECT {columns}
    FROM cases
    WHERE id IN (
        SELECT id FROM cases WHERE id = :row_id
        UNION
        SELECT cases.id
        FROM records
        JOIN cases ON cases.record_id = records.id
        WHERE records.number = :number
        UNION
        SELECT cases.id
        FROM records
        JOIN cases ON cases.nik = records.nik AND cases.campaign = records.campaign
        WHERE records.number = :number
    )
        AND (:kind = '' OR kind = :kind)
        AND id > :after
    ORDER BY id
    LIMIT :limit
    """,
    columns=_COLUMNS,
)
_COUNT = Statement("SELECT COUNT(*), MIN(opened_at) FROM cases WHERE status <> 'decided'")


def open_case(connection: Connection, new: NewCase, at: datetime) -> int:
    """Open a case, or count another try of the one that waits; return its id."""
    when, own = iso_utc(at), {"key": new.key, "whose": new.whose}
    if not connection.run(_AGAIN, **own, at=when):
        connection.run(_OPEN, **own, **_columns(new), at=when)
    found = connection.one(_WAITING_ID, **own)
    assert found is not None, "it is open now, whoever opened it"
    return int(found[0])


def _columns(new: NewCase) -> dict[str, Plain]:
    return {
        "campaign": new.campaign,
        "kind": new.kind.value,
        "nik": new.nik,
        "record_id": new.record_id,
        "address_kind": new.address.kind.value if new.address else "",
        "value": new.address.value if new.address else "",
        "detail": msgspec.json.encode(new.detail).decode(),
    }


def search(connection: Connection, wanted: Search, *, now: datetime, limit: int) -> Sequence[Case]:
    """Return up to `limit` cases: those that wait, oldest first; decided ones, newest first."""
    where: dict[str, Plain] = {"kind": wanted.kind, "after": wanted.after, "limit": limit}
    if wanted.number:
        row_id = case_id(wanted.number)
        rows = connection.all(_NUMBERED, **where, row_id=row_id, number=wanted.number)
        found = [Case._make(row) for row in rows]
        return [one for one in found if wanted.status in ("", one.state(now))]
    if wanted.status == CaseStatus.DECIDED:
        return [Case._make(row) for row in connection.all(_DECIDED, **where)]
    last = find_case(connection, wanted.after) if wanted.after else None
    where |= {"opened_at": last.opened_at if last else "", "now": iso_utc(now)}
    waiting_cases = _WAITING[wanted.status, bool(wanted.kind)]
    return [Case._make(row) for row in connection.all(waiting_cases, **where)]


def take(connection: Connection, row_id: int, *, who: str, at: datetime) -> Case | Conflict | None:
    """Lock the case for `TAKEN_MINUTES`, unless another official has it; None if there is none."""
    case = find_case(connection, row_id, lock=True)
    if case is None:
        return None
    if why := why_not(case, who=who, at=at):
        return Conflict(why, case)
    until = iso_utc(at + timedelta(minutes=TAKEN_MINUTES))
    connection.run(_TAKE, row_id=row_id, who=who, until=until, at=iso_utc(at))
    return find_case(connection, row_id)


def release(connection: Connection, row_id: int, *, who: str, at: datetime) -> Case | None:
    """Give a taken case back to the queue, if it is one's own; return how it stands."""
    case = find_case(connection, row_id, lock=True)
    if case is not None and case.holder(at) == who:
        connection.run(_RELEASE, row_id=row_id, at=iso_utc(at))
    return find_case(connection, row_id)


def why_not(case: Case, *, who: str, at: datetime) -> str:
    """Return why this official cannot take or decide the case now; "" if nothing is against it."""
    if case.status == CaseStatus.DECIDED:
        return "decided"
    return "taken" if case.holder(at) not in ("", who) else ""


def waiting(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many cases wait, and since when the oldest does."""
    ((number, since),) = connection.all(_COUNT)
    return int(number), datetime.fromisoformat(since) if since else None
