"""Acts on cases: found, taken, previewed, decided, undone."""

from collections.abc import Mapping
from typing import Any, Final

from core.cases.decisions import ASKS
from core.cases.kinds import CaseKind, CaseStatus, Decision
from core.operators.roles import Scope
from gateway.operators.acts import Act
from gateway.operators.case_calls import CaseCalls
from gateway.operators.desk import Desk
from gateway.operators.schema import Schema

PAGE_MAX: Final = 100
_NUMBER: Final[Schema] = {"type": "string", "minLength": 8, "maxLength": 20}
_SEARCH: Final[Schema] = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": [one.value for one in CaseStatus]},
        "kind": {"type": "string", "enum": [one.value for one in CaseKind]},
        "number": {**_NUMBER, "description": "of a case, or of a registration"},
        "after": {**_NUMBER, "description": "the cursor: `next` of the page before"},
        "limit": {"type": "integer", "minimum": 1, "maximum": PAGE_MAX},
    },
}
_FIELDS: Final = ("full_name", "profession", "phone", "language", "appointment")
_DECISION: Final[Schema] = {
    "type": "object",
    "properties": {
        "decision": {"type": "string", "enum": [one.value for one in Decision]},
        "nik": {"type": "string", "maxLength": 40, "description": "the right one"},
        "phone": {"type": "string", "maxLength": 40, "description": "the new one"},
        "number": {**_NUMBER, "description": "of the other registration"},
        "keeps": {**_NUMBER, "description": "of a merger: the number that stays"},
        "fields": {
            "type": "array",
            "maxItems": len(_FIELDS),
            "items": {"type": "string", "enum": list(_FIELDS)},
            "description": "of a merger: what is taken from the registration that goes",
        },
        "ask": {"type": "string", "enum": list(ASKS), "description": "the template"},
    },
    "required": ["decision"],
}


def cases_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts."""
    calls, one = CaseCalls(desk), "/api/v1/cases/{id}"
    decides: Mapping[str, Any] = {"method": "POST", "scope": Scope.DECIDE}
    return (
        Act(
            name="search_cases",
            path="/api/v1/cases/search",
            audit="cases",
            says="Show what waits for a decision, the oldest first, by status, kind or number.",
            run=calls.search,
            body=_SEARCH,
            reveals=True,
            **decides,
        ),
        Act(
            name="get_case",
            method="GET",
            path=one,
            scope=Scope.DECIDE,
            audit="case",
            says="Show one case: on file, incoming, roster, and the suggestion.",
            run=calls.get,
            reveals=True,
        ),
        Act(
            name="take_case",
            path=f"{one}/take",
            audit="take_case",
            says="Take a case for ten minutes, in which no colleague decides it.",
            run=calls.take,
            **decides,
        ),
        Act(
            name="release_case",
            path=f"{one}/release",
            audit="release_case",
            says="Give a case that you have taken back to the queue.",
            run=calls.release,
            **decides,
        ),
        Act(
            name="preview_case",
            path=f"{one}/preview",
            audit="preview_case",
            says="Show what a decision would change, and the words that each person would get.",
            run=calls.preview,
            body=_DECISION,
            **decides,
        ),
        Act(
            name="decide_case",
            path=f"{one}/decisions",
            audit="decide_case",
            says="Carry a decision out: the changes, the messages and the audit at once.",
            run=calls.decide,
            body=_DECISION,
            writes=True,
            versioned=True,
            **decides,
        ),
        Act(
            name="undo_case",
            path=f"{one}/undo",
            audit="undo_case",
            says="Undo a decision within 24 hours, unless its records have changed since.",
            run=calls.undo,
            writes=True,
            **decides,
        ),
    )
