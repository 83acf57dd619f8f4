"""Intents and records that wait for a decision: what the queue of cases says of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from core.cases.case import Case
from core.cases.columns import read_intent
from core.cases.kinds import CaseKind
from core.cases.reading import read_evidence
from core.database.statements import Connection, Statement, column_list
from core.operators.views import ReviewReason, ReviewView
from core.registration.intent import RegistrationIntent
from core.registration.standing import RecordStanding

_WAITING = Statement(
    """
    SELECT {columns}
    FROM cases
    WHERE status <> 'decided'
        AND kind IN ('name_conflict', 'twin_nik', 'roster_name', 'phone_denied')
    ORDER BY opened_at DESC, id DESC
    LIMIT :limit
    """,
    columns=column_list(Case._fields),
)
_MADE_BY = Statement("""
    SELECT intent_id
    FROM intents
    WHERE record_id = :record_id AND outcome IN ('registered', 'received')
    ORDER BY id
    LIMIT 1
""")
_OF_INTENT: Final[dict[str, ReviewReason]] = {
    CaseKind.NAME_CONFLICT: "name_differs_from_record",
    CaseKind.TWIN_NIK: "likely_duplicate",
}
_OF_STANDING: Final[dict[str, ReviewReason]] = {
    RecordStanding.CONTESTED: "contested",
    RecordStanding.SUPERSEDED: "superseded",
}


def read_reviews(connection: Connection, *, limit: int) -> Sequence[ReviewView]:
    """Return up to `limit` reviews, newest first."""
    rows = connection.all(_WAITING, limit=limit)
    return [_view(connection, Case._make(row)) for row in rows]


def _view(connection: Connection, case: Case) -> ReviewView:
    evidence = read_evidence(connection, case, name_match_min=100)
    if case.intent_id:
        on_file = evidence.on_file.number if evidence.on_file else None
        own = evidence.on_file is not None and evidence.on_file.nik == case.nik
        reason = _OF_INTENT[case.kind]
        return _review(case, evidence.intent, reason, on_file if own else None, on_file)
    record = evidence.incoming if evidence.kind is CaseKind.NAME_CONFLICT else evidence.on_file
    number = record.number if record else None
    made_by = connection.one(_MADE_BY, record_id=case.record_id)
    intent = read_intent(connection, made_by[0]) if made_by else None
    reason = _OF_STANDING.get(record.standing if record else "", "name_differs_from_roster")
    if case.kind == CaseKind.PHONE_DENIED:
        reason = "phone_denied"
    return _review(case, intent, reason, number, number)


def _review(
    case: Case,
    intent: RegistrationIntent | None,
    reason: ReviewReason,
    number: str | None,
    about: str | None,
) -> ReviewView:
    return ReviewView(
        id=intent.intent_id if intent else case.number,
        number=number,
        received_at=datetime.fromisoformat(case.opened_at),
        reason=reason,
        record_number=about,
        intent=intent,
    )
