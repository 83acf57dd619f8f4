"""The public API's part of the OpenAPI 3.1 document."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from channels.web.api import (
    CONSENT,
    FIELD_CHARACTERS_MAX,
    FIELDS,
    KEY_CHARACTERS_MAX,
    KEY_CHARACTERS_MIN,
    LANGUAGE,
    PATH,
    WAYS,
)
from core.registration.intent import OutcomeKind
from gateway.http.booking import NONE
from gateway.http.public.visits import CODE_CHARACTERS_MAX, NAME_CHARACTERS_MAX

Schema = Mapping[str, Any]
_Row = tuple[str, str, str, str, int, Schema, tuple[int, ...], tuple[Schema, ...], Schema | None]

_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_NULLABLE: Final = {"type": ["string", "null"]}
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": FIELD_CHARACTERS_MAX}
_PROOF: Final[Schema] = {
    "type": ["object", "null"],
    "required": [*WAYS],
    "properties": {name: {"type": "string"} for name in WAYS},
}
_OF_INTENT: Final[Schema] = {
    "token": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
    "number": _NULLABLE,
    "outcome": {"enum": [*OutcomeKind]},
    "status": _NULLABLE,
    "standing": {"enum": ["claimed", "held", None]},
    "proven": {"type": "boolean"},
    "proof": _PROOF,
    "expires_at": {"type": ["string", "null"], "format": "date-time"},
}
_INTENT: Final[Schema] = {
    "type": "object",
    "required": [*_OF_INTENT],
    "properties": _OF_INTENT,
}
_BODY: Final[Schema] = {
    "type": "object",
    "required": [*FIELDS, CONSENT],
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(FIELDS, _TEXT),
        CONSENT: {"const": True, "description": "the person agrees to the words of the form"},
        LANGUAGE: {"type": "string", "description": "in which the person is spoken to"},
    },
}
_KEY: Final[Schema] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "A new UUID for each new body. The same key and body get the same answer.",
    "schema": {
        "type": "string",
        "pattern": f"^[!-~]{{{KEY_CHARACTERS_MIN},{KEY_CHARACTERS_MAX}}}$",
    },
}
_TOKEN: Final[Schema] = {
    "name": "token",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
}


def _operation(
    name: str, says: str, done: Mapping[int, Schema], failed: tuple[int, ...], **more: object
) -> dict[str, Any]:
    came = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": {"schema": schema}},
        }
        for status, schema in done.items()
    }
    problems = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": _PROBLEM}},
        }
        for status in failed
    }
    given = {"operationId": name, "summary": says, "tags": ["public"], "security": []}
    return {**given, **more, "responses": came | problems}


def _json(schema: Schema) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _query(name: str, says: str) -> Schema:
    schema = {"type": "string", "maxLength": NAME_CHARACTERS_MAX}
    return {"name": name, "in": "query", "description": says, "schema": schema}


_ANY: Final[Schema] = {"type": "object"}
_CODE: Final[Schema] = {
    "name": "code",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
}
_WISH: Final[Schema] = {
    "type": "object",
    "required": ["facility", "start"],
    "additionalProperties": False,
    "properties": {
        "facility": {"type": "string", "maxLength": CODE_CHARACTERS_MAX},
        "start": {"type": "string", "format": "date-time"},
        "answers": {
            "type": ["array", "null"],
            "items": {"type": "string", "maxLength": CODE_CHARACTERS_MAX},
            "description": f"the questions about health answered with yes; {NONE}: no to all",
        },
    },
}
_READ: Final = (400, 404, 429, 500, 503)
_OWN: Final = (*_READ, 403, 422)
_WRITTEN: Final = (*_OWN, 408, 409, 413)
_INTENTS: Final = PATH + "/{token}"
_VISIT: Final = _INTENTS + "/appointment"
_AT_PLACE: Final = (_TOKEN, _CODE)
# Path, method, name, what it does, status, schema of the answer, problems, parameters, body.
_ROWS: Final[tuple[_Row, ...]] = (
        (PATH, "post", "register", "Register whoever uses the app.", 201, _INTENT,
         (400, 408, 413, 422, 429, 500, 503), (_KEY,), _BODY),
        (_INTENTS, "get", "intent", "Show what came of a registration.", 200, _INTENT,
         _READ, (_TOKEN,), None),
        (_INTENTS + "/proof", "post", "proof", "Show another code that proves the phone.",
         200, _INTENT, (*_READ, 409), (_TOKEN,), None),
        (_VISIT, "get", "appointment", "Show the appointment, and what is asked before one.",
         200, _ANY, _OWN, (_TOKEN,), None),
        (_VISIT, "post", "book", "Book a seat, or change the appointment to it.", 201, _ANY,
         _WRITTEN, (_TOKEN, _KEY), _WISH),
        (_VISIT + "/cancellation", "post", "cancel", "Cancel the appointment.", 200, _ANY,
         _WRITTEN, (_TOKEN, _KEY), None),
        (_VISIT + "/facilities", "get", "facilities", "Find places with seats, nearest first.",
         200, _ANY, _OWN,
         (_TOKEN, _query("near", "latitude,longitude"), _query("name", "of place or town")), None),
        (_VISIT + "/facilities/{code}/dates", "get", "dates", "Find days with seats.", 200, _ANY,
         _OWN, _AT_PLACE, None),
        (_VISIT + "/facilities/{code}/times", "get", "times", "Find times with seats on a day.",
         200, _ANY, _OWN, (*_AT_PLACE, {**_query("day", "ISO date"), "required": True}), None),
)  # fmt: skip


def public_paths() -> dict[str, dict[str, Any]]:
    """Return the path items."""
    paths: dict[str, dict[str, Any]] = {}
    for path, method, name, says, status, schema, failed, parameters, body in _ROWS:
        more = {"requestBody": _json(body)} if body else {}
        described = _operation(
            f"public_{name}", says, {status: schema}, failed, parameters=[*parameters], **more
        )
        paths.setdefault(path, {})[method] = described
    return paths
