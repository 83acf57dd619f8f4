"""The console's routes: pages, acts and static files, each behind the door."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from core.database.unavailable import UnavailableError
from gateway.http.asgi import App
from gateway.http.problems import ProblemError
from gateway.operators.console.acting import ACTED, act_form, own_page, run_act
from gateway.operators.console.headers import with_headers
from gateway.operators.console.live import figures
from gateway.operators.console.pages import PAGES
from gateway.operators.console.posts import Post, read_post
from gateway.operators.console.rendering import ASSETS, STATIC, detail, environment, words
from gateway.operators.console.showing import send_file, show
from gateway.operators.console.visit import HOME, LANGUAGE_COOKIE, Console, Visit
from gateway.runtime.logs import report

SIGN_IN: Final = f"{HOME}/sign-in"
LANGUAGE_SECONDS: Final = 365 * 86_400
View = Callable[[Visit], Awaitable[Response]]


def console_app(console: Console, more: Iterable[BaseRoute] = ()) -> App:
    """Return the application below `HOME`; `more` are the routes for those not signed in."""
    pages = (
        Route(
            HOME + page.path,
            partial(_serve, console, partial(show, page=page)),
            methods=["GET", "POST"] if page.posts else ["GET"],
        )
        for page in PAGES
    )
    routes = [
        *more,
        Route(f"{HOME}/language/{{code}}", partial(_set_language, console)),
        Route(f"{HOME}/do/{{act}}", partial(_serve, console, act_form)),
        Route(f"{HOME}/ask/{{act}}", partial(_serve, console, act_form), methods=["POST"]),
        Route(f"{HOME}/do/{{act}}", partial(_serve, console, run_act), methods=["POST"]),
        Route(f"{HOME}/files/{{act}}", partial(_serve, console, send_file)),
        Route(f"{HOME}/live", partial(_serve, console, figures)),
        *pages,
        Mount(STATIC, StaticFiles(packages=[*ASSETS])),
    ]
    errors = {HTTPException: partial(_on_http_exception, console)}
    app = Starlette(routes=routes, exception_handlers=errors)
    app.router.redirect_slashes = False
    return with_headers(app, static=STATIC)


async def _serve(console: Console, view: View, request: Request) -> Response:
    """Let a visitor in."""

    async def answer() -> Response:
        visit = await _visit(console, request)
        return RedirectResponse(SIGN_IN, ACTED) if visit is None else await view(visit)

    return await problem_page(console, request, answer)


async def problem_page(
    console: Console, request: Request, answer: Callable[[], Awaitable[Response]]
) -> Response:
    """Return the answer, or a page that tells whatever goes wrong with it."""
    try:
        return await answer()
    except ProblemError as error:
        return _problem(console, request, error)
    except UnavailableError:
        return _problem(console, request, ProblemError(503, "a store cannot be reached"))
    except Exception as error:  # noqa: BLE001 no trace and no class name to the browser
        error_id = report("a page of the console failed", error)
        return _problem(console, request, ProblemError(500, f"see the log: {error_id}"))


async def _visit(console: Console, request: Request) -> Visit | None:
    visitor = await console.door(request)
    if visitor is None:
        return None
    post = Post(dict(request.query_params), b"")
    if request.method == "POST":
        act = console.acts.get(request.path_params.get("act", ""))
        post = await read_post(request, visitor.csrf, act.file if act else 0)
    return Visit(
        console=console,
        visitor=visitor,
        language=language_of(console, request),
        url=request.url.path,
        path=request.path_params,
        fields=post.fields,
        file=post.file,
    )


def language_of(console: Console, request: Request) -> str:
    """Return the language that the visitor has chosen, else the campaign's."""
    return console.words.offered(request.cookies.get(LANGUAGE_COOKIE, ""))


async def _set_language(console: Console, request: Request) -> Response:
    code = console.words.offered(request.path_params["code"])
    response = RedirectResponse(own_page(request.query_params.get("next", "")), ACTED)
    age = LANGUAGE_SECONDS
    response.set_cookie(LANGUAGE_COOKIE, code, age, path=HOME, httponly=True, samesite="strict")
    return response


def _problem(console: Console, request: Request, error: ProblemError) -> Response:
    language = language_of(console, request)
    said = words(console.words, language, console.clock())
    page = (
        environment()
        .get_template("problem.html")
        .render(**said, problem=error, why=detail(console.words, language, error.detail))
    )
    return HTMLResponse(page, error.status, dict(error.headers))


async def _on_http_exception(console: Console, request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _problem(console, request, ProblemError(error.status_code, str(error.detail)))
