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
)

Schema = Mapping[str, Any]

_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_NULLABLE: Final = {"type": ["string", "null"]}
_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": FIELD_CHARACTERS_MAX}
_INTENT: Final[Schema] = {
    "type": "object",
    "required": ["token", "number", "outcome", "status", "standing", "proven", "proof"],
    "properties": {
        "token": {"type": "string", "pattern": "^[A-Za-z0-9_-]{22}$"},
        "number": _NULLABLE,
        "outcome": {"type": "string"},
        "status": _NULLABLE,
        "standing": {"enum": ["claimed", "held", None]},
        "proven": {"type": "boolean"},
        "proof": {"type": ["object", "null"]},
        "expires_at": {"type": ["string", "null"], "format": "date-time"},
    },
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


def public_paths() -> dict[str, Any]:
    """Return the path items."""
    return {
        PATH: {
            "post": _operation(
                "public_register",
                "Register whoever uses the app.",
                {201: _INTENT},
                (400, 408, 413, 422, 429, 500, 503),
                parameters=[_KEY],
                requestBody=_json(_BODY),
            )
        },
        PATH + "/{token}": {
            "get": _operation(
                "public_intent",
                "Show what came of a registration, to whoever has its token.",
                {200: _INTENT},
                (400, 404, 429, 500, 503),
                parameters=[_TOKEN],
            )
        },
    }
