"""The pages for whoever is not signed in: sign-in, enrolment, the dev link, and sign-out.

Their templates extend `base.html`. Beside the words of every page (`rendering.words`) they get:

- `sign_in.html`: `wrong` (True after a try that failed), `name` (as it was typed). It posts
  `name`, `password` and `code` to `{{ home }}/sign-in`.
- `enrol.html`: `name`, `secret` (base32, for whoever cannot scan), `qr` (an SVG element), `wrong`
  (a key of the catalog, "" if nothing is), `least` (letters of a password), `url`. It posts
  `password`, `secret` and `code` to `url`.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from core.operators.links import Purpose, draw_secret_text, find_link
from core.operators.passwords import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    SECRET_CHARACTERS,
    draw_secret,
    otpauth_uri,
)
from core.operators.sessions import end_session
from core.operators.sign_in import sign_in_by_link
from gateway.http.problems import ProblemError
from gateway.operators.console.app import SIGN_IN, language_of, problem_page
from gateway.operators.console.posts import NOT_OURS, read_form, read_post
from gateway.operators.console.rendering import environment, words
from gateway.operators.console.visit import HOME, Console
from gateway.operators.entrance.cookies import (
    csrf_of,
    drop_session,
    read_cookie,
    set_session,
)
from gateway.operators.entrance.proving import Proving

FOUND: Final = 303
NAME_CHARACTERS_MAX: Final = 100
_SECRET: Final = re.compile(rf"[A-Z2-7]{{{SECRET_CHARACTERS}}}")
_GONE: Final = "this link was used or has expired; ask for another"

Page = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """The pages; `secure` outside dev, where cookies need TLS and no link signs anybody in."""

    console: Console
    proving: Proving
    secure: bool

    async def show_sign_in(self, request: Request) -> Response:
        """Return the form."""
        return self._page(request, "sign_in", wrong=False, name="")

    async def sign_in(self, request: Request) -> Response:
        """Sign in, or return the form again: it does not say what was wrong."""
        form = await read_form(request)
        name = form.get("name", "")[:NAME_CHARACTERS_MAX]
        password = form.get("password", "")[:PASSWORD_CHARACTERS_MAX]
        secret = await self.proving.sign_in(name, password, _digits(form.get("code", "")))
        if secret is None:
            return self._page(request, "sign_in", 401, wrong=True, name=name)
        return self._let_in(secret)

    async def show_enrol(self, request: Request) -> Response:
        """Return the form, with a new secret for the authenticator app."""
        return self._enrolment(request, await self._owner(request), draw_secret(), "")

    async def enrol(self, request: Request) -> Response:
        """Keep what was chosen and sign in, or return the form again."""
        form = await read_form(request)
        link, name = request.path_params["link"], await self._owner(request)
        password, totp = form.get("password", ""), form.get("secret", "")
        if not _SECRET.fullmatch(totp):
            raise ProblemError(422, NOT_OURS)
        if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
            return self._enrolment(request, name, totp, "password_length")
        code = _digits(form.get("code", ""))
        secret = await self.proving.enrol(link, password, totp, code)
        if secret is None:
            return self._enrolment(request, name, totp, "code_wrong")
        return self._let_in(secret)

    async def sign_in_by_link(self, request: Request) -> Response:
        """Sign a dev's manager in."""
        secret, now = draw_secret_text(), self.proving.clock()
        link = request.path_params["link"]
        signing = partial(sign_in_by_link, link=link, secret=secret, at=now)
        if self.secure or not await self.proving.database.write(signing, alone=True):
            raise ProblemError(404, _GONE)
        return self._let_in(secret)

    async def sign_out(self, request: Request) -> Response:
        """End the session."""
        secret = read_cookie(request)
        await read_post(request, csrf_of(secret) if secret else "")
        await self.proving.database.write(partial(end_session, secret=secret))
        response = RedirectResponse(SIGN_IN, FOUND)
        drop_session(response)
        return response

    async def _owner(self, request: Request) -> str:
        link, now = request.path_params["link"], self.proving.clock()
        finding = partial(find_link, secret=link, purpose=Purpose.ENROL, at=now)
        name = await self.proving.database.read(finding)
        if name is None:
            raise ProblemError(404, _GONE)
        return name

    def _enrolment(self, request: Request, name: str, secret: str, wrong: str) -> Response:
        return self._page(
            request,
            "enrol",
            422 if wrong else 200,
            name=name,
            secret=secret,
            qr=_qr_code(otpauth_uri(secret, name)),
            wrong=wrong,
            least=PASSWORD_CHARACTERS_MIN,
            url=request.url.path,
        )

    def _page(
        self, request: Request, template: str, status: int = 200, **values: object
    ) -> Response:
        console = self.console
        said = words(console.words, language_of(console, request), console.clock())
        page = environment().get_template(f"{template}.html").render(**said, **values)
        return HTMLResponse(page, status)

    def _let_in(self, secret: str) -> Response:
        response = RedirectResponse(HOME, FOUND)
        set_session(response, secret, secure=self.secure)
        return response


def entrance_routes(entrance: Entrance) -> list[Route]:
    """Return the routes, each with the console's page for what goes wrong."""
    rows: tuple[tuple[str, str, Page], ...] = (
        ("GET", SIGN_IN, entrance.show_sign_in),
        ("POST", SIGN_IN, entrance.sign_in),
        ("GET", f"{SIGN_IN}/{{link}}", entrance.sign_in_by_link),
        ("GET", f"{HOME}/enrol/{{link}}", entrance.show_enrol),
        ("POST", f"{HOME}/enrol/{{link}}", entrance.enrol),
        ("POST", f"{HOME}/sign-out", entrance.sign_out),
    )
    return [
        Route(path, partial(_serve, entrance.console, page), methods=[method])
        for method, path, page in rows
    ]


async def _serve(console: Console, page: Page, request: Request) -> Response:
    async def answer() -> Response:
        return await page(request)

    return await problem_page(console, request, answer)


def _digits(text: str) -> str:
    return "".join(text.split())[:NAME_CHARACTERS_MAX]


def _qr_code(text: str) -> Markup:
    import segno  # noqa: PLC0415 as for tickets

    return Markup(segno.make(text, micro=False).svg_inline(scale=5, border=4))  # noqa: S704 digits
