"""The buttons: each act that changes something has a form, made from its row, and a post.

The form holds an Idempotency-Key, so that pressing twice acts once, and the version that was
shown, so that nobody overwrites what they have not seen.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway.http.problems import ProblemError
from gateway.operators.acts import Act, Call
from gateway.operators.console.forms import body_of
from gateway.operators.console.pages import PAGES
from gateway.operators.console.rendering import render_page
from gateway.operators.console.showing import show
from gateway.operators.console.visit import HOME, Visit

ACTED: Final = 303
SHOWN: Final = ("receipt", "export", "invited", "taken_back")  # of an answer, before going on
ASKED: Final = 202  # another person has to confirm
_DECIDES: Final = "decide_case"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_OWN_PAGE: Final = re.compile(r"/console(?:/[A-Za-z0-9_-]{1,64}){0,6}")
_VERSION_DIGITS_MAX: Final = 18


async def act_form(visit: Visit) -> Response:
    """Return the form of the act that the path names."""
    return _form(visit, _act(visit))


async def run_act(visit: Visit) -> Response:
    """Do it, and go on to the page that the form names; or show the form again."""
    act = _act(visit)
    try:
        answer = await visit.console.run(act, call_of(visit, act))
    except ProblemError as error:
        if act.name == _DECIDES and error.status == HTTPStatus.CONFLICT:
            return await _preview_again(visit, error)
        return _form(visit, act, error)
    then = own_page(visit.fields.get("next", ""))
    if shown := _worth_showing(answer.value):
        return HTMLResponse(render_page("act", visit, act=act, shown=shown, back=then))
    key = "asked" if answer.status == ASKED else "done"
    return RedirectResponse(f"{then}?{urlencode({key: act.name})}", ACTED)


async def _preview_again(visit: Visit, problem: ProblemError) -> Response:
    """Return what the decision would do by now, and what stands against it."""
    page = next(one for one in PAGES if one.name == "decision")
    again = replace(visit, path={"id": visit.fields.get("id", "")})
    return await show(again, page=page, problem=problem)


def _worth_showing(value: Any) -> dict[str, Any]:
    """Return what the visitor must read of an answer, also of one that a second person caused."""
    inner = value.get("answer") if isinstance(value, Mapping) else None
    found = {**value, **(inner if isinstance(inner, Mapping) else {})} if value else {}
    return {name: found[name] for name in SHOWN if found.get(name) is not None}


def _act(visit: Visit) -> Act:
    act = visit.console.acts.get(visit.path["act"])
    if act is None or act.method == "GET":
        raise ProblemError(404, "there is no such act")
    if not visit.may(act.name):
        raise ProblemError(403, "your role may not do this")
    return act


def _form(visit: Visit, act: Act, problem: ProblemError | None = None) -> Response:
    """Return the form of an act, with what was typed, and why it was not done."""
    page = render_page(
        "act",
        visit,
        act=act,
        hidden=parameters(act),
        problem=problem,
        back=own_page(visit.fields.get("next", "")),
    )
    return HTMLResponse(page, problem.status if problem else 200)


def call_of(visit: Visit, act: Act) -> Call:
    """Return the call that a form makes; raise `ProblemError` where it names nothing."""
    form = visit.fields
    path = {name: form.get(name, "") for name in parameters(act)}
    if not all(path.values()):
        raise ProblemError(422, f"the form lacks: {', '.join(path)}")
    version = form.get("version", "")
    known = version.isascii() and version.isdecimal() and len(version) <= _VERSION_DIGITS_MAX
    return Call(
        operator=visit.visitor.operator,
        at=visit.console.clock(),
        key=form.get("key", ""),
        version=int(version) if known else None,
        reason=form.get("reason", ""),
        path=path,
        body=body_of(act.body, form),
        file=visit.file,
    )


def parameters(act: Act) -> tuple[str, ...]:
    """Return the names of the parameters in an act's path."""
    return tuple(_PARAMETER.findall(act.path))


def own_page(path: str) -> str:
    """Return `path` if it is a page of the console, else its first one."""
    return path if _OWN_PAGE.fullmatch(path) else HOME
