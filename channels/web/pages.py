"""The pages as HTML: templates, the words around what is said, and the headers of each page."""

import hashlib
from collections.abc import Container, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from http import HTTPStatus
from importlib.resources import files
from typing import Any, Final

from channels.shared.ticket_image import draw_qr_svg, map_url
from channels.web.controls import MISTAKES
from channels.web.screens import Screen, Screens
from core.campaign import Campaign
from core.messages import Prompt, Reply
from core.outbox.ticket import Ticket
from core.wording.catalog import Wording

STYLES, SCRIPTS = "/daftar/static/form.css", "/daftar/static/form.js"
NEAR: Final = "/daftar/static/near.js"
TYPES: Final = {
    STYLES: "text/css; charset=utf-8",
    SCRIPTS: "text/javascript; charset=utf-8",
    NEAR: "text/javascript; charset=utf-8",
}
# What each is made of: the console has the first file, too.
_PARTS: Final = {STYLES: ("tokens.css", "form.css"), SCRIPTS: ("form.js",), NEAR: ("near.js",)}
HTML: Final = "text/html; charset=utf-8"
# `same-origin` and not `no-referrer`, with which a form's Origin would be "null".
HEADERS: Final = (
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(self), microphone=()"),
    ("referrer-policy", "same-origin"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-store"),
)

FRAMER: Final = "try"  # the key of the tool that shows our pages in a frame
_FRAMED: Final = {"x-frame-options": "SAMEORIGIN"}


def headers_of(tools: Container[str]) -> tuple[tuple[str, str], ...]:
    """Return the headers of each page: nobody may frame it, or only a tool of ours."""
    if FRAMER not in tools:
        return HEADERS
    by_us = ("frame-ancestors 'none'", "frame-ancestors 'self'")
    return tuple((name, _FRAMED.get(name, value.replace(*by_us))) for name, value in HEADERS)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page bears beside its words; `said` is the entity tag of what it shows."""

    turn: str = ""
    seal: str = ""
    language: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """What the page of an appeal shows: the number, and what was wrong, or why it failed."""

    number: str = ""
    mistake: Prompt | None = None
    status: int = 200
    language: str = ""


class Pages:
    """Renders the pages of one campaign."""

    def __init__(self, wording: Wording, campaign: Campaign, tools: Mapping[str, str]) -> None:
        self._wording, self._campaign, self._tools = wording, campaign, tools
        self._screens = Screens(wording, campaign)
        self.headers = headers_of(tools)
        self.assets = {path: _read(path) for path in TYPES}
        self._urls = {path: _versioned(path, asset) for path, asset in self.assets.items()}

    def start(self, sheet: Sheet, query: Mapping[str, str]) -> str:
        """Return the start page."""
        language = self._spoken(query.get("bahasa", sheet.language))
        return self._render("start", sheet, language, tools=self._tools)

    def of(self, reply: Reply, sheet: Sheet, *, change: str = "") -> str:
        """Return the page of a reply; or that which changes one line of it."""
        changed = self._screens.change(reply, change) if change else None
        screen, value = changed or (self._screens.of(reply), "")
        return self._screen(screen, sheet, reply.language, value, changes=changed is not None)

    def unsaved(self, reply: Reply, sheet: Sheet, typed: Mapping[str, str]) -> str | None:
        """Return the page of a reply that says what was wrong, with what was typed; else None."""
        if not any(one.key in MISTAKES for one in reply.prompts):
            return None
        screen = self._screens.of(reply)
        name = screen.control.name if screen.control else ""
        of_this = typed.get("asked", screen.asked) == screen.asked
        return self._screen(screen, sheet, reply.language, typed.get(name, "") if of_this else "")

    def nothing(self, sheet: Sheet) -> str:
        """Return the page of a conversation that has not begun, or is forgotten."""
        return self._render("nothing", sheet, self._spoken(sheet.language))

    def link(self, sheet: Sheet, action: str, phone: str) -> str:
        """Return the page of a link that opens the form of the phone that ends so."""
        language = self._spoken(sheet.language)
        return self._render("link", sheet, language, action=action, phone=phone)

    def spent(self, sheet: Sheet) -> str:
        """Return the page of a link that opens nothing any more."""
        return self._render("spent", sheet, self._spoken(sheet.language))

    def problem(self, sheet: Sheet, status: int, typed: Mapping[str, str]) -> str:
        """Return the page of a request that was not served; what was `typed` can be sent again."""
        language = self._spoken(typed.get("language", sheet.language))
        return self._render("problem", sheet, language, status=status, typed=typed)

    def appeal(self, letter: Letter, sheet: Sheet) -> str:
        """Return the page with which a letter is sent."""
        language, web, mistake = self._spoken(sheet.language), self._wording.web, ""
        if letter.mistake is not None:
            mistake = self._wording.text(Reply((letter.mistake,), language), "long")
        elif letter.status != HTTPStatus.OK:
            known = web.knows(f"appeal:{letter.status}")
            mistake = web.say(language, f"appeal:{letter.status if known else 503}")
        at_number = letter.mistake is not None and letter.mistake.key == "number_mistyped"
        given = {"letter": letter, "mistake": mistake, "at_number": at_number}
        return self._render("appeal", sheet, language, **given)

    def ticket(self, ticket: Ticket | None, language: str) -> str:
        """Return the page of a ticket; or that there is no such ticket, or no longer."""
        spoken, given = self._spoken(language), {}
        if ticket is not None:
            start = ticket.start.isoformat(timespec="minutes")
            when = {"date": f"@date:{start[:10]}", "time": f"@time:{start}"}
            given = {
                **self._wording.facts(when, spoken),
                "code": draw_qr_svg(ticket.text),
                "map": map_url(ticket),
            }
        return self._render("ticket", Sheet(), spoken, ticket=ticket, **given)

    def of_list(self, template: str, sheet: Sheet, **values: Any) -> str:
        """Return a page of a clinic's list."""
        language = self._spoken(sheet.language)
        said = self._wording.phrases(language, "long")
        return self._render(template, sheet, language, phrase=said.get, **values)

    def _screen(
        self, screen: Screen, sheet: Sheet, language: str, value: str, *, changes: bool = False
    ) -> str:
        given = {"screen": screen, "value": value, "changes": changes}
        return self._render("screen", sheet, self._spoken(language), **given)

    def _render(self, template: str, sheet: Sheet, language: str, **values: Any) -> str:
        from channels.web.templates import ENVIRONMENT  # noqa: PLC0415 a start does without

        return ENVIRONMENT.get_template(f"{template}.html").render(
            t=partial(self._wording.web.say, language),
            knows=self._wording.web.knows,
            language=language,
            languages=self._languages,
            campaign=self._campaign,
            sheet=sheet,
            styles=self._urls[STYLES],
            scripts=self._urls[SCRIPTS],
            near=self._urls[NEAR],
            command=partial(self._command, language),
            **values,
        )

    @cached_property
    def _languages(self) -> tuple[tuple[str, str, str], ...]:
        """Code, own name, and the word that chooses it, of every language."""
        called = self._wording.typed.by_language("language")
        names = {
            code: self._wording.phrases(code, "long").get(f"language:{code}", code)
            for code in self._wording.languages
        }
        return tuple((code, names[code], called[code][0]) for code in self._wording.languages)

    def _command(self, language: str, name: str) -> str:
        """Return the first word for a command in a language."""
        words = self._wording.typed.by_language(f"command_{name}")
        return (words.get(language) or self._wording.typed.words(f"command_{name}"))[0]

    def _spoken(self, language: str) -> str:
        languages = self._wording.languages
        return language if language in languages else languages[0]


def _read(path: str) -> bytes:
    folder = files("channels.web").joinpath("static")
    return b"".join(folder.joinpath(name).read_bytes() for name in _PARTS[path])


def _versioned(path: str, content: bytes) -> str:
    """Return the URL of a file, another one whenever its content changes."""
    return f"{path}?v={hashlib.sha256(content).hexdigest()[:12]}"
