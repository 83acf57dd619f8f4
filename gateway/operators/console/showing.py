"""A page: what its acts answer, put into its template."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final

from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.http.problems import ProblemError
from gateway.operators.acts import Content
from gateway.operators.console.forms import body_of, lacks
from gateway.operators.console.pages import PAGES, Fields, Page
from gateway.operators.console.rendering import render_page
from gateway.operators.console.visit import HOME, Visit
from gateway.operators.door import as_response

TO_FIRST: Final = 303  # from the first page, to the first one that the visitor may see
_WHOLE_PAGE: Final = frozenset({401, 403, 404, 503})  # problems that leave nothing to show


async def show(visit: Visit, *, page: Page, problem: ProblemError | None = None) -> Response:
    """Return a page, with all parts that the visitor may see, and the problem that led to it."""
    scopes = visit.visitor.operator.scopes
    if page.scope not in scopes:
        first = next((one for one in PAGES if one.menu and one.scope in scopes), None)
        if page.path or first is None:
            raise ProblemError(403, "your role may not see this")
        return RedirectResponse(HOME + first.path, TO_FIRST)
    given = {**visit.fields, **visit.path}
    fields = page.prepare(given) if page.prepare else given
    parts: dict[str, Any] = dict.fromkeys(page.parts)
    for name, act in page.parts.items():
        try:
            parts[name] = await _part(visit, act, fields)
        except ProblemError as error:
            mistyped = error.status == HTTPStatus.BAD_REQUEST and page.path.endswith("}")
            if mistyped or error.status in _WHOLE_PAGE:
                raise
            problem = problem or error
    shown = render_page(page.name, visit, page=page, problem=problem, **parts)
    return HTMLResponse(shown, problem.status if problem else 200)


async def _part(visit: Visit, act: str, fields: Fields) -> Any:
    """Return what the act answers; None if the visitor may not ask, or has not said what."""
    if not visit.may(act):
        return None
    schema = visit.console.acts[act].body
    body = body_of(schema, fields)
    return None if lacks(schema, body) else (await visit.read(act, body)).value


async def send_file(visit: Visit) -> Response:
    """Return what an act answers that is a file; the query holds the parameters of its path."""
    act = visit.console.acts.get(visit.path["act"])
    if act is None or act.writes:
        raise ProblemError(404, "there is no such file")
    if not visit.may(act.name):
        raise ProblemError(403, "your role may not see this")
    asked = replace(visit, path=visit.fields)
    answer = await asked.read(act.name, body_of(act.body, visit.fields))
    if not isinstance(answer.value, Content):
        raise ProblemError(404, "there is no such file")
    return as_response(answer)
