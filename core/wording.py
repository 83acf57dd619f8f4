"""Choose the words: a reply, a language and a style become text, and the text becomes pages.

A catalog is a gettext file, `locale/<language>.po`: `msgctxt` is the style, `msgid` the key of a
prompt or a choice, `msgstr` the words, with `{name}` where a value goes. One more file is one more
language.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from gettext import c2py
from pathlib import Path
from typing import Literal, NamedTuple

from babel.messages.pofile import PoFileError, read_po

from core.campaign import Campaign
from core.message import Prompt, Reply
from core.septets import SEGMENT_SEPTETS, fits, pages

Style = Literal["short", "long"]

STATIC_REPLIES_MAX = 1_024  # replies without values, whose pages are kept in memory
LOCALE = Path(__file__).parent / "locale"
LAST_RESORT = "ended"  # said for a key that no catalog has: it tells how to begin again

_PLACE = re.compile(r"\{([a-z_]+)\}")
_NUMBERED = {"short": "{} {}", "long": "{}. {}"}
_WITH_BACK = ("ask_", "confirm")  # keys of prompts that `nav_back` is shown below


class Catalog(NamedTuple):
    """One language: the forms (singular, plurals) of each phrase, and which to take for a count."""

    phrases: Mapping[tuple[str, str], tuple[str, ...]]  # by style and key
    plural: Callable[[int], int]


class Wording:
    """The catalogs of every language, and the facts of the campaign that phrases may name."""

    def __init__(self, catalogs: Mapping[str, Catalog], campaign: Campaign) -> None:
        if campaign.language not in catalogs:
            raise ValueError(f"no catalog of the campaign's language: {campaign.language}")
        self._catalogs = catalogs
        self._campaign = campaign
        others = sorted(catalogs.keys() - {campaign.language})
        self.languages = (campaign.language, *others)
        self._facts: dict[str, dict[str, str]] = {}
        self._facts = {language: self._known(language) for language in self.languages}
        self._static_pages = lru_cache(maxsize=STATIC_REPLIES_MAX)(self._cut_static)

    def text(self, reply: Reply, style: Style) -> str:
        """Return all that `reply` says, one prompt after another, lines joined by a newline."""
        language = self._spoken(reply.language)
        if style == "short":
            return self._short(reply.prompts, language, SEGMENT_SEPTETS)
        return "\n".join(self._prompt(prompt, language, style) for prompt in reply.prompts)

    def page(self, reply: Reply, *, septets_max: int) -> str:
        """Return page `reply.page` (or the last) of the short words, in GSM-7, within the bound."""
        found = self.pages(reply, septets_max=septets_max)
        return found[min(max(reply.page, 0), len(found) - 1)]

    def pages(self, reply: Reply, *, septets_max: int) -> tuple[str, ...]:
        """Return all pages of the short words, in GSM-7, each within the bound."""
        language = self._spoken(reply.language)
        if any(prompt.args for prompt in reply.prompts):
            return self._cut(reply.prompts, language, septets_max)
        plain = tuple((prompt.key, prompt.choices) for prompt in reply.prompts)
        return self._static_pages(plain, language, septets_max)

    def _cut_static(
        self, plain: tuple[tuple[str, tuple[str, ...]], ...], language: str, septets_max: int
    ) -> tuple[str, ...]:
        prompts = tuple(Prompt(key, choices=choices) for key, choices in plain)
        return self._cut(prompts, language, septets_max)

    def _cut(
        self, prompts: tuple[Prompt, ...], language: str, septets_max: int
    ) -> tuple[str, ...]:
        text = self._short(prompts, language, septets_max)
        footer = self._words("nav_next", language, "short")
        return pages(text, septets_max=septets_max, footer=footer)

    def _short(self, prompts: tuple[Prompt, ...], language: str, septets_max: int) -> str:
        """Say the prompts, and how to go back, unless that alone would take another page."""
        text = "\n".join(self._prompt(prompt, language, "short") for prompt in prompts)
        if not any(prompt.key.startswith(_WITH_BACK) for prompt in prompts):
            return text
        more = f"{text}\n{self._words('nav_back', language, 'short')}"
        return text if fits(text, septets_max) and not fits(more, septets_max) else more

    def _prompt(self, prompt: Prompt, language: str, style: Style) -> str:
        values = dict(self._facts[language])
        labels = [self._label(key, language, style) for key in prompt.choices]
        if labels:
            values["choices"] = ", ".join(labels)
        for name, value in prompt.args.items():
            label = self._label(value[1:], language, style) if value.startswith("@") else ""
            values[name] = label or value
        words = self._template(prompt.key, language, style, prompt.args.get("count", ""))
        numbered = map(_NUMBERED[style].format, range(1, len(labels) + 1), labels)
        lines = () if "{choices}" in words else numbered
        return "\n".join((_filled(words, values), *lines))

    def _label(self, key: str, language: str, style: Style) -> str:
        """Return the words of a choice: a phrase, a profession's label or a language's own name."""
        kind, _, code = key.partition(":")
        if kind == "language" and code in self._catalogs:
            return self._phrase("language_name", code, style) or code
        words = self._phrase(key, language, style)
        if words is None and kind == "profession":
            return self._profession(code, language)
        return _filled(words or "", self._facts[language])

    def _profession(self, code: str, language: str) -> str:
        labels = next((p.label for p in self._campaign.professions if p.code == code), {})
        return _in(labels, language, self._campaign.language) or code

    def _words(self, key: str, language: str, style: Style) -> str:
        return _filled(self._template(key, language, style), self._facts[language])

    def _template(self, key: str, language: str, style: Style, count: str = "") -> str:
        found = self._phrase(key, language, style, count)
        return found or self._phrase(LAST_RESORT, language, style) or ""

    def _phrase(self, key: str, language: str, style: Style, count: str = "") -> str | None:
        """Return the words as they stand in a catalog; the campaign's own language may help out."""
        for spoken in dict.fromkeys((language, self._campaign.language)):
            catalog = self._catalogs[spoken]
            for context in dict.fromkeys((style, "short")):
                forms = catalog.phrases.get((context, key))
                if forms:
                    index = catalog.plural(int(count)) if count.isdecimal() else 0
                    return forms[min(index, len(forms) - 1)]
        return None

    def _spoken(self, language: str) -> str:
        return language if language in self._catalogs else self._campaign.language

    def _known(self, language: str) -> dict[str, str]:
        """Return what every phrase may name: facts of the campaign, and of the languages."""
        campaign = self._campaign
        others = [code for code in self.languages if code != language]
        other = f"language:{others[0]}" if len(others) == 1 else "other_language"
        professions = (self._profession(p.code, language) for p in campaign.professions)
        return {
            "campaign": _in(campaign.name, language, campaign.language) or campaign.id,
            "hotline": campaign.hotline,
            "service_code": campaign.service_code,
            "sms_number": campaign.sms_number,
            "whatsapp_number": campaign.whatsapp_number,
            "mailbox": campaign.mailboxes[0],
            "choices": ", ".join(professions),
            "other_language": self._label(other, language, "short"),
        }


def load_wording(folder: Path | None, campaign: Campaign) -> Wording:
    """Read every catalog in `folder`, or in our own; ValueError names what cannot be read."""
    files = sorted((folder or LOCALE).glob("*.po"))
    return Wording({file.stem: _read(file) for file in files}, campaign)


def _read(file: Path) -> Catalog:
    try:
        with file.open("rb") as lines:
            catalog = read_po(lines, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {file.name}: {error}") from error
    phrases: dict[tuple[str, str], tuple[str, ...]] = {}
    for message in catalog:
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string)
        if key and all(forms) and not message.fuzzy:
            phrases[message.context or "short", key] = forms
    return Catalog(phrases, c2py(catalog.plural_expr))


def _filled(words: str, values: Mapping[str, str]) -> str:
    """Put the values in their places, in one pass: what stands in a value is never a place."""
    return _PLACE.sub(lambda place: values.get(place[1], ""), words) if "{" in words else words


def _in(words: Mapping[str, str], *languages: str) -> str:
    return next((words[language] for language in languages if language in words), "")
