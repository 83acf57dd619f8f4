"""Errors of the operator API as problem details (RFC 9457)."""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.database.unavailable import UnavailableError
from gateway.runtime.logs import report

RETRY_SECONDS = 5
NO_STORE = {"cache-control": "no-store"}

Endpoint = Callable[[Request], Awaitable[Response]]


class ProblemError(Exception):
    """A request that cannot be served; `detail` is for the caller, without personal data.

    `more` are further members of the document, such as what a colleague has changed.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers or {}
        self.more = more or {}


def respond(value: object, status: int = 200) -> Response:
    """Return `value` as JSON that must not be cached."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, status, NO_STORE, "application/json")


def problem(error: ProblemError, *, error_id: str | None = None) -> Response:
    """Return `error` as a problem document."""
    document: dict[str, object] = {
        **error.more,
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail,
    }
    if error_id:
        document["error_id"] = error_id
    body = json.dumps(document).encode()
    headers = {**NO_STORE, **error.headers}
    return Response(body, error.status, headers, "application/problem+json")


def guarded(endpoint: Endpoint) -> Endpoint:
    """Wrap `endpoint`: whatever it raises becomes a problem document."""

    async def serve(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ProblemError as error:
            return problem(error)
        except UnavailableError:
            retry_after = {"retry-after": str(RETRY_SECONDS)}
            return problem(ProblemError(503, "a store cannot be reached; try again", retry_after))
        except Exception as error:  # noqa: BLE001 no trace and no class name to the caller
            error_id = report("an API request failed", error)
            return problem(ProblemError(500, "this is our fault; see the log"), error_id=error_id)

    return serve


async def on_http_exception(_request: Request, error: Exception) -> Response:
    """Return the problem document of the router's own errors, 404 and 405."""
    assert isinstance(error, HTTPException)
    details = {404: "there is nothing at this path", 405: "this path takes another method"}
    detail = details.get(error.status_code, HTTPStatus(error.status_code).phrase)
    return problem(ProblemError(error.status_code, detail, error.headers))
