"""Choose the words: a reply, a language and a style become text, and the text becomes pages.

A catalog is a gettext file, `locale/<language>.po`: `msgctxt` is the style, `msgid` the key of a
prompt or a choice, `msgstr` the words, with `{name}` where a value goes. The style `typed` holds
the words that people type instead. One more file is one more language. One whose head is marked
`fuzzy`, as gettext marks what nobody has reviewed, is offered where the campaign names it.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from gettext import c2py
from pathlib import Path
from typing import NamedTuple

from babel.messages.pofile import PoFileError, read_po

from core.campaign import Campaign
from core.messages import Prompt, Reply
from core.wording.data import Style, is_data, render
from core.wording.gsm7 import SEGMENT_SEPTETS, fits, pages
from core.wording.typed import Typed, TypedWords, read_typed

STATIC_REPLIES_MAX = 1_024  # replies without values, whose pages are kept in memory
LOCALE = Path(__file__).parent / "locale"
LAST_RESORT = "ended"  # said for a key without words: it tells how to begin again

_PLACE = re.compile(r"\{([a-z_]+)\}")
_STYLES: tuple[Style, ...] = ("short", "long")
_NUMBERED: dict[Style, str] = {"short": "%d %s", "long": "%d. %s"}
_WAYS = {"ask_": "nav_back", "confirm": "nav_back", "resume": "nav_menu"}  # below such prompts
_NEEDED = frozenset({LAST_RESORT, "nav_back", "nav_menu", "nav_next"})


class Phrase(NamedTuple):
    """The words for one key: singular and plurals, and which of them to take for a count."""

    forms: tuple[str, ...]
    plural: Callable[[int], int] = int

    def words(self, count: str = "") -> str:
        """Return the form for `count`, or the first."""
        index = self.plural(int(count)) if count.isdecimal() else 0
        return self.forms[min(index, len(self.forms) - 1)]

    def filled(self, facts: Mapping[str, str]) -> "Phrase":
        """Return it with the facts in their places; the other places stay."""
        forms = (_PLACE.sub(lambda place: facts.get(place[1], place[0]), f) for f in self.forms)
        return Phrase(tuple(forms), self.plural)


Phrases = Mapping[str, Phrase]


class Catalog(NamedTuple):
    """What a file holds: the phrases we say by style, the words that people type."""

    phrases: Mapping[Style, Phrases]
    typed: Typed
    reviewed: bool = True


class Page(NamedTuple):
    """One page of a reply; a screen that shows one that goes on must wait for `98`."""

    words: str
    goes_on: bool


class _Spoken(NamedTuple):
    """The phrases of one language in one style."""

    phrases: Phrases
    language: str
    style: Style


class Wording:
    """The words of every language; ValueError when the campaign's own is not among them."""

    def __init__(self, catalogs: Mapping[str, Catalog], campaign: Campaign) -> None:
        own = campaign.language
        self.languages = _offered(catalogs, campaign)
        self.typed = TypedWords({code: catalogs[code].typed for code in self.languages})
        self._own = own
        offered = {code: catalogs[code].phrases for code in self.languages}
        self._phrases = {
            (language, style): _complete(offered, language, style, campaign)
            for language in self.languages
            for style in _STYLES
        }
        if missing := _NEEDED - self._phrases[own, "short"].keys():
            raise ValueError(f"no catalog has {', '.join(sorted(missing))}")
        self._static = lru_cache(maxsize=STATIC_REPLIES_MAX)(self._cut_static)

    def text(self, reply: Reply, style: Style) -> str:
        """Return all that `reply` says, one prompt after another, lines joined by a newline."""
        text = self._text(reply.prompts, reply.language, style)
        return self._way_back(text, reply, SEGMENT_SEPTETS) if style == "short" else text

    def page(self, reply: Reply, *, septets_max: int) -> str:
        """Return page `reply.page` (or the last) of the short words, in GSM-7, in the bound."""
        return self.open_page(reply, septets_max=septets_max).words

    def open_page(self, reply: Reply, *, septets_max: int) -> Page:
        """Return the same page, and whether another one follows it."""
        found = self.pages(reply, septets_max=septets_max)
        words = found[min(max(reply.page, 0), len(found) - 1)]
        return Page(words, goes_on=reply.page + 1 < len(found))

    def pages(self, reply: Reply, *, septets_max: int) -> tuple[str, ...]:
        """Return all pages of the short words, in GSM-7, each within the bound."""
        for prompt in reply.prompts:
            if prompt.args or any(map(is_data, prompt.choices)):
                return self._cut(reply, septets_max)
        plain = tuple([(prompt.key, prompt.choices) for prompt in reply.prompts])
        return self._static(plain, reply.language, septets_max)

    def _cut_static(
        self, plain: tuple[tuple[str, tuple[str, ...]], ...], language: str, septets_max: int
    ) -> tuple[str, ...]:
        prompts = tuple(Prompt(key, choices=choices) for key, choices in plain)
        return self._cut(Reply(prompts, language), septets_max)

    def _cut(self, reply: Reply, septets_max: int) -> tuple[str, ...]:
        text = self._text(reply.prompts, reply.language, "short")
        footer = self._of(reply.language, "short")["nav_next"].words()
        text = self._way_back(text, reply, septets_max)
        return pages(text, septets_max=septets_max, footer=footer)

    def _way_back(self, text: str, reply: Reply, septets_max: int) -> str:
        """Say below a question what `0` does, unless that alone would take another page."""
        keys = [prompt.key for prompt in reply.prompts]
        ways = [_WAYS[begin] for key in keys for begin in _WAYS if key.startswith(begin)]
        if not ways:
            return text
        back = self._of(reply.language, "short")[ways[-1]].words()
        more = f"{text}\n{back}"
        return more if fits(more, septets_max) or not fits(text, septets_max) else text

    def _text(self, prompts: tuple[Prompt, ...], language: str, style: Style) -> str:
        spoken = _Spoken(self._of(language, style), self._known(language), style)
        return "\n".join([_said(prompt, spoken) for prompt in prompts])

    def _known(self, language: str) -> str:
        return language if language in self.languages else self._own

    def _of(self, language: str, style: Style) -> Phrases:
        return self._phrases.get((language, style)) or self._phrases[self._own, style]


def load_wording(folder: Path | None, campaign: Campaign) -> Wording:
    """Read every catalog in `folder`, or in our own; ValueError names what cannot be read."""
    files = sorted((folder or LOCALE).glob("*.po"))
    return Wording({file.stem: _read(file) for file in files}, campaign)


def _offered(catalogs: Mapping[str, Catalog], campaign: Campaign) -> tuple[str, ...]:
    """Return the languages: the campaign's own, then those it names or every reviewed one."""
    own = campaign.language
    if own not in catalogs:
        raise ValueError(f"no catalog of the campaign's language: {own}")
    if missing := [code for code in campaign.languages if code not in catalogs]:
        raise ValueError(f"no catalog of a language that the campaign names: {missing[0]}")
    reviewed = sorted(code for code, catalog in catalogs.items() if catalog.reviewed)
    return tuple(dict.fromkeys((own, *(campaign.languages or reviewed))))


def _read(file: Path) -> Catalog:
    try:
        with file.open("rb") as lines:
            catalog = read_po(lines, abort_invalid=True)
        plural = c2py(catalog.plural_expr)
    except (PoFileError, ValueError) as error:
        raise ValueError(f"cannot read {file.name}: {error}") from error
    phrases: dict[Style, dict[str, Phrase]] = {style: {} for style in _STYLES}
    typed: dict[str, tuple[str, ...]] = {}
    for message in catalog:
        key = message.id if isinstance(message.id, str) else message.id[0]
        words = message.string or ""
        forms = (words,) if isinstance(words, str) else tuple(words)
        if not key or not all(forms) or message.fuzzy:
            continue
        if message.context == "typed":
            typed[key] = read_typed(forms[0])
        else:
            phrases["long" if message.context == "long" else "short"][key] = Phrase(forms, plural)
    return Catalog(phrases, typed, reviewed=not catalog.fuzzy)


def _complete(
    catalogs: Mapping[str, Mapping[Style, Phrases]],
    language: str,
    style: Style,
    campaign: Campaign,
) -> Phrases:
    """Return a phrase for every key: if need be short, in the campaign's language, or in any."""
    found: dict[str, Phrase] = {}
    for code in (*sorted(catalogs.keys() - {language, campaign.language}), campaign.language):
        found |= {**catalogs[code]["short"], **catalogs[code][style]}
    spoken = catalogs[language]
    found |= _campaigns(campaign, language) | {**spoken["short"], **spoken[style]}
    found |= _names(catalogs)
    facts = _facts(campaign, language)
    return {key: phrase.filled(facts) for key, phrase in found.items()}


def _facts(campaign: Campaign, language: str) -> dict[str, str]:
    """Return what every phrase may name."""
    return {
        "campaign": _in(campaign.name, language, campaign.language) or campaign.id,
        "hotline": campaign.hotline,
        "service_code": campaign.service_code,
        "sms_number": campaign.sms_number,
        "whatsapp_number": campaign.whatsapp_number,
        "mailbox": campaign.mailboxes[0],
    }


def _campaigns(campaign: Campaign, language: str) -> dict[str, Phrase]:
    """Return what the campaign itself puts into words: professions, questions about health."""
    labels = {f"profession:{one.code}": one.label for one in campaign.professions}
    labels |= {f"screening:{one.code}": one.label for one in campaign.screening.questions}
    return {
        key: Phrase((_in(label, language, campaign.language) or key.partition(":")[2],))
        for key, label in labels.items()
    }


def _names(catalogs: Mapping[str, Mapping[Style, Phrases]]) -> dict[str, Phrase]:
    """Return each language's name in that language."""
    return {
        f"language:{code}": catalog["short"].get("language_name", Phrase((code,)))
        for code, catalog in catalogs.items()
    }


def _said(prompt: Prompt, spoken: _Spoken) -> str:
    """Return the words of a prompt; choices stand below it, or where it says `{choices}`."""
    phrase = spoken.phrases.get(prompt.key) or spoken.phrases[LAST_RESORT]
    values = {name: _value(value, spoken) for name, value in prompt.args.items()}
    words = phrase.words(values.get("count", ""))
    if not prompt.choices:
        return _fill(words, values)
    labels = [_value(f"@{key}", spoken) for key in prompt.choices]
    if "{choices}" in words:
        return _fill(words, {**values, "choices": ", ".join(labels)})
    lines = [_NUMBERED[spoken.style] % choice for choice in enumerate(labels, 1)]
    return "\n".join((_fill(words, values), *lines))


def _value(value: str, spoken: _Spoken) -> str:
    """Return a value as it stands, or the phrase or data it names; never anything's bare key."""
    if not value.startswith("@"):
        return value
    if is_data(value[1:]):
        return render(value[1:], spoken.language, spoken.style)
    phrase = spoken.phrases.get(value[1:])
    return phrase.words() if phrase else value.rpartition(":")[2].lstrip("@")


def _fill(words: str, values: Mapping[str, str]) -> str:
    """Put values in their places, in one pass: what stands in a value is never a place."""
    return _PLACE.sub(lambda place: values.get(place[1], ""), words) if "{" in words else words


def _in(words: Mapping[str, str], *languages: str) -> str:
    return next((words[language] for language in languages if language in words), "")
