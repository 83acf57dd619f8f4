"""The description of the APIs (OpenAPI 3.1): each act of the desk, and the public routes."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.problems import respond
from gateway.http.public.openapi import public_paths
from gateway.operators.acts import Act
from gateway.operators.schema import body_schema

Schema = Mapping[str, Any]

_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key with the same call gets the first answer again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_VERSION: Final = {
    "name": "If-Match",
    "in": "header",
    "description": "The version that was seen; the call fails with 409 if there is a newer one.",
    "schema": {"type": "string", "pattern": r'^"?[0-9]{1,18}"?$'},
}
# Not `required` here: a call without it is 428 (RFC 6585), not 400 as one that is not whole.
_SEEN: Final = {**_VERSION, "description": f"{_VERSION['description']} Without it: 428."}
_REVEAL: Final = {
    "name": "reveal",
    "in": "query",
    "description": "Show NIKs whole, birth dates and sexes, too; that is audited.",
    "schema": {"enum": ["0", "1"]},
}
_FILE: Final = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
# What may come of any act, and of one that writes.
_ALWAYS: Final = (400, 401, 403, 404, 405, 422, 429, 500, 503)
_OF_WRITES: Final = (409, 413, 428)
# What is served beside the acts, to anybody.
_FACES: Final = {
    path: {
        "operationId": name,
        "summary": says,
        "security": [],
        "parameters": parameters,
        "responses": {str(status): {"description": HTTPStatus(status).phrase} for status in came},
    }
    for path, name, says, parameters, came in (
        ("/health/live", "live", "Tell that the process runs.", [], (200,)),
        ("/health/ready", "ready", "Tell whether turns can be taken.", [], (200, 503)),
        ("/metrics", "metrics", "Show the metrics in Prometheus' text format.", [], (200,)),
        ("/openapi.json", "openapi", "Show this document.", [], (200,)),
    )
}
_FAULT_SCHEMA: Final = {
    "type": "object",
    "required": ["field", "code", "message"],
    "properties": {key: {"type": "string"} for key in ("field", "code", "message")},
}
_PROBLEM_SCHEMA: Final = {
    "description": "RFC 9457",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "error_id": {"type": "string"},
        "fields": {"type": "array", "items": _FAULT_SCHEMA},
    },
}


def describe(acts: Iterable[Act], release: str) -> dict[str, Any]:
    """Return the document."""
    paths = public_paths() | {path: {"get": dict(face)} for path, face in _FACES.items()}
    for act in acts:
        paths.setdefault(act.path, {})[act.method.lower()] = _operation(act)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Satu Pintu",
            "version": release,
            "description": "Operators need a scope, which a role has; apps (`public`) a token.",
        },
        "paths": paths,
        "security": [{"bearer": []}],
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Problem": _PROBLEM_SCHEMA},
        },
    }


def openapi_route(acts: Iterable[Act]) -> Route:
    """Return the route that serves the document; it tells nothing of any person."""
    document = respond(describe(acts, version("satupintu")))

    async def serve(_request: Request) -> Response:
        return document

    return Route("/openapi.json", serve)


def _operation(act: Act) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": act.name,
        "summary": act.says,
        "tags": [act.scope.value],
        "parameters": _parameters(act),
        "responses": _responses(act),
    }
    if act.file:
        operation["requestBody"] = {"required": True, "content": _FILE}
    elif (schema := body_schema(act)) is not None:
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(act: Act) -> list[Schema]:
    named: list[Schema] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(act.path)
    ]
    asked: list[Schema] = [
        {"name": name, "in": "query", "schema": one} for name, one in act.query.items()
    ]
    if act.writes:
        asked += [_KEY, _SEEN if act.versioned else _VERSION]
    return [*named, *asked, *((_REVEAL,) if act.reveals else ())]


def _responses(act: Act) -> dict[str, Any]:
    content: dict[str, Any] = {media_type: {"schema": {}} for media_type in act.media_types}
    done = {"200": {"description": "done", "content": content}}
    if act.two:
        done["202"] = {
            "description": "a second person must confirm it",
            "content": {
                "application/json": {
                    "schema": {"type": "object", "required": ["approval"]},
                }
            },
        }
    failed = (*_ALWAYS, *(_OF_WRITES if act.writes else ()))
    return done | {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": _PROBLEM}},
        }
        for status in sorted(failed)
    }
