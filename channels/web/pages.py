"""The pages as HTML: templates, the words around what is said, and the headers of each page."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.resources import files
from typing import Any, Final

import msgspec

from channels.web.controls import MISTAKES
from channels.web.screens import Screen, Screens
from core.campaign import Campaign
from core.messages import Reply
from core.wording.catalog import Wording

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
_REFUSALS: Final = frozenset({"too_many_turns"})  # said, and not remembered


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a page bears beside its words."""

    turn: str = ""
    seal: str = ""
    language: str = ""


def mark_of(reply: Reply) -> str:
    """Return what tells a reply from another, as an entity tag (RFC 9110, 8.8.3)."""
    return f'"{hashlib.sha256(msgspec.json.encode(reply)).hexdigest()[:16]}"'


class Pages:
    """Renders the pages of one campaign."""

    headers = HEADERS

    def __init__(self, wording: Wording, campaign: Campaign, tools: Mapping[str, str]) -> None:
        self._wording, self._campaign, self._tools = wording, campaign, tools
        self._screens = Screens(wording, tuple(one.code for one in campaign.professions))
        static = files("channels.web").joinpath("static")
        self.styles = static.joinpath("form.css").read_bytes()
        self._version = hashlib.sha256(self.styles).hexdigest()[:12]
        self.script = static.joinpath("waiting.js").read_bytes()
        self._script_version = hashlib.sha256(self.script).hexdigest()[:12]

    def start(self, sheet: Sheet, query: Mapping[str, str]) -> str:
        """Return the start page."""
        language = self._spoken(query.get("bahasa", sheet.language))
        return self._render("start", sheet, language, tools=self._tools)

    def of(self, reply: Reply, sheet: Sheet, *, change: str = "") -> str:
        """Return the page of a reply; or that which changes one line of it."""
        changed = self._screens.change(reply, change) if change else None
        screen, value = changed or (self._screens.of(reply), "")
        given = {"changes": changed is not None, "said": mark_of(reply)}
        return self._screen(screen, sheet, reply.language, value, **given)

    def unsaved(self, reply: Reply, sheet: Sheet, typed: Mapping[str, str]) -> str | None:
        """Return the page of a reply that says what was wrong, with what was typed; else None."""
        keys = {one.key for one in reply.prompts}
        if not keys & (MISTAKES | _REFUSALS):
            return None
        screen = self._screens.of(reply)
        name = screen.control.name if screen.control else ""
        of_this = typed.get("asked", screen.asked) == screen.asked
        value = typed.get(name, "") if of_this else ""
        return self._screen(screen, sheet, reply.language, value, said=mark_of(reply))

    def nothing(self, sheet: Sheet) -> str:
        """Return the page of a conversation that has not begun, or is forgotten."""
        return self._render("nothing", sheet, self._spoken(sheet.language))

    def problem(
        self, sheet: Sheet, status: int, typed: Mapping[str, str], retry_seconds: int
    ) -> str:
        """Return the page of a request that was not served; what was `typed` can be sent again."""
        language = self._spoken(typed.get("language", sheet.language))
        return self._render(
            "problem", sheet, language, status=status, typed=typed, seconds=retry_seconds
        )

    def _screen(
        self, screen: Screen, sheet: Sheet, language: str, value: str, **more: object
    ) -> str:
        given = {"screen": screen, "value": value, "changes": False, **more}
        return self._render("screen", sheet, language, **given)

    def _render(self, template: str, sheet: Sheet, language: str, **values: Any) -> str:
        from channels.web.templates import environment  # noqa: PLC0415 most workers start without

        return (
            environment()
            .get_template(f"{template}.html")
            .render(
                t=partial(self._wording.web.say, language),
                knows=self._wording.web.knows,
                language=language,
                languages=self._languages,
                campaign=self._campaign,
                sheet=sheet,
                styles=f"/daftar/static/form.css?v={self._version}",
                waiting=f"/daftar/static/waiting.js?v={self._script_version}",
                command=partial(self._command, language),
                **values,
            )
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
