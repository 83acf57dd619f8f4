"""The door of the API: HTTP requests become calls of acts, and answers become responses."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from gateway.http.problems import NO_STORE, Endpoint, ProblemError, guarded, respond
from gateway.operators.acts import Act, Answer, Call, Content, Operator
from gateway.operators.gate import Gate
from gateway.operators.requests import read_body, read_json
from gateway.operators.runner import Runner, check_allowed
from gateway.operators.schema import REASON, body_schema, check
from gateway.runtime.clock import Clock, utc_now

KEY_CHARACTERS_MAX: Final = 200
REASON_HEADER: Final = "x-satupintu-reason"  # of an act without a body
_VERSION: Final = re.compile(r'(?:W/)?"?([0-9]{1,18})"?')
# No browser may take what strangers sent for a page of ours.
_AS_A_FILE: Final = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox"}


@dataclass(frozen=True, slots=True)
class Door:
    """Who comes in, and what runs for them."""

    gate: Gate
    runner: Runner
    clock: Clock = utc_now


def act_routes(acts: Iterable[Act], door: Door) -> list[Route]:
    """Return the route of each act, and let the runner know the acts."""
    rows = tuple(acts)
    door.runner.learn(rows)
    at: dict[str, dict[str, Endpoint]] = {}
    for act in sorted(rows, key=lambda act: "{" in act.path):  # `/x/find` before `/x/{id}`
        at.setdefault(act.path, {})[act.method] = guarded(_endpoint(act, door))
    return [Route(path, _by_method(acts), methods=list(acts)) for path, acts in at.items()]


def _by_method(acts: Mapping[str, Endpoint]) -> Endpoint:
    """Return one endpoint for a path, whose 405 then names every method."""

    async def serve(request: Request) -> Response:
        return await acts["GET" if request.method == "HEAD" else request.method](request)

    return serve


def _endpoint(act: Act, door: Door) -> Endpoint:
    async def serve(request: Request) -> Response:
        operator = await door.gate.admit(request)
        head = _read_head(act, request, operator, door)
        check_allowed(act, head)  # before any byte of the body is read
        return as_response(await door.runner.run(act, await _with_body(act, request, head)))

    return serve


def _read_head(act: Act, request: Request, operator: Operator, door: Door) -> Call:
    given = request.query_params
    return Call(
        operator=operator,
        at=door.clock(),
        key=_read_key(request.headers.get("idempotency-key")),
        version=_read_version(request.headers.get("if-match", "*")),
        reason=request.headers.get(REASON_HEADER, ""),
        path=dict(request.path_params),
        query={name: given[name] for name in act.query if name in given},
        reveal=act.reveals and _read_reveal(given.getlist("reveal")),
    )


async def _with_body(act: Act, request: Request, head: Call) -> Call:
    if act.file:
        return replace(head, file=await read_body(request, act.file))
    if body_schema(act) is None:
        return head
    body = await read_json(request)
    if not isinstance(body, dict):
        raise ProblemError(422, "the body should be an object")
    if "reason" not in body:
        return replace(head, body=body)
    reason = body.pop("reason")
    check(REASON, reason, "reason")
    return replace(head, body=body, reason=reason)


def _read_reveal(given: list[str]) -> bool:
    if given not in ([], ["0"], ["1"]):
        raise ProblemError(422, "reveal should be 0 or 1")
    return given == ["1"]


def _read_key(given: str | None) -> str:
    if given is None:
        return secrets.token_urlsafe()
    if not given or len(given) > KEY_CHARACTERS_MAX or not given.isprintable():
        raise ProblemError(400, f"Idempotency-Key should be 1 to {KEY_CHARACTERS_MAX} letters")
    return given


def _read_version(given: str) -> int | None:
    if given.strip() == "*":
        return None
    found = _VERSION.fullmatch(given.strip())
    if found is None:
        raise ProblemError(400, 'If-Match should be a version, as "3"')
    return int(found[1])


def as_response(answer: Answer) -> Response:
    """Return the answer as a response that must not be cached."""
    content = answer.value
    if not isinstance(content, Content):
        return respond(content, answer.status)
    headers = {**NO_STORE, **_AS_A_FILE}
    if content.name:
        headers["content-disposition"] = f'attachment; filename="{content.name}"'
    if isinstance(content.data, bytes):
        return Response(content.data, answer.status, headers, content.media_type)
    return StreamingResponse(content.data, answer.status, headers, content.media_type)
