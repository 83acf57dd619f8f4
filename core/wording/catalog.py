"""Choose the words: a reply, a language and a style become text, and the text becomes pages.

A catalog is a gettext file, `locale/<language>.po`: `msgctxt` is the style, `msgid` the key of a
prompt or a choice, `msgstr` the words, with `{name}` where a value goes. The context `typed` holds
the words that people type instead, `console` those of the operators' pages, and `web` those of the
public form's pages around what is said. A further file is a further language. A catalog whose
header is marked `fuzzy`, which in gettext means not reviewed, is offered only if the campaign
names it.
"""

from collections.abc import Mapping
from functools import lru_cache
from gettext import c2py
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from babel.messages.pofile import PoFileError, read_po
from msgspec.structs import replace

from core.campaign import Campaign
from core.messages import Prompt, Reply
from core.wording.console import ConsoleWords
from core.wording.data import Style, is_data
from core.wording.gsm7 import SEGMENT_SEPTETS, fits, pages
from core.wording.parts import CUT, Parts
from core.wording.phrase import Phrase, Phrases
from core.wording.prompts import (
    LAST_RESORT,
    Lexicon,
    lists_choices,
    options_of,
    value_words,
    words_of,
)
from core.wording.typed import Typed, TypedWords, read_typed

STATIC_REPLIES_MAX = 1_024  # replies without values whose pages are cached
LOCALE = Path(__file__).parent / "locale"
POLICY = "letter_policy"  # what consent is given to by letter; any phrase may say it: {policy}

CHOOSE = "choose"  # what opens a list of options

_STYLES: tuple[Style, ...] = ("short", "long")
# What "0" does, said below prompts whose key begins so.
_NAVIGATION = {"ask_": "nav_back", "confirm": "nav_back", "resume": "nav_menu"}
_NEEDED = frozenset({LAST_RESORT, "nav_back", "nav_menu", "nav_next"})


class Catalog(NamedTuple):
    """The contents of a file: phrases to say, by style, and words that people type."""

    phrases: Mapping[Style, Phrases]
    typed: Typed
    reviewed: bool = True
    console: Phrases = MappingProxyType({})
    web: Phrases = MappingProxyType({})


class Page(NamedTuple):
    """One page of a reply. If it `goes_on`, the USSD session must stay open for `98`."""

    words: str
    goes_on: bool


class Wording:
    """The words of every language; ValueError if a language or a needed phrase is missing."""

    def __init__(self, catalogs: Mapping[str, Catalog], campaign: Campaign) -> None:
        own = campaign.language
        self.languages = _offered(catalogs, campaign)
        self.typed = TypedWords({code: catalogs[code].typed for code in self.languages})
        self._own = own
        facts = {code: _facts(campaign, code) for code in catalogs}
        desk = {code: catalog.console for code, catalog in catalogs.items()}
        self.console = ConsoleWords(desk, own, facts)
        pages = {code: catalogs[code].web for code in self.languages}
        self.web = ConsoleWords(pages, own, facts)
        offered = {code: catalogs[code].phrases for code in self.languages}
        self._lexicons = {
            (language, style): Lexicon(
                _complete(offered, language, style, campaign), language, style
            )
            for language in self.languages
            for style in _STYLES
        }
        if missing := _NEEDED - self._lexicons[own, "short"].phrases.keys():
            raise ValueError(f"no catalog has {', '.join(sorted(missing))}")
        self._static = lru_cache(maxsize=STATIC_REPLIES_MAX)(self._cut_static)

    def text(self, reply: Reply, style: Style) -> str:
        """Return the words of all prompts, joined by newlines."""
        lexicon = self._lexicon(reply.language, style)
        text = words_of(reply.prompts, lexicon)
        return (
            _with_navigation(text, reply, lexicon, SEGMENT_SEPTETS) if style == "short" else text
        )

    def parts(self, reply: Reply) -> Parts:
        """Return the long words in parts; the options are those of the last prompt with any."""
        lexicon, prompts = self._lexicon(reply.language, "long"), reply.prompts
        offers = [at for at, one in enumerate(prompts) if lists_choices(one, lexicon)]
        asks = [one.asks for one in prompts if one.asks]
        last = offers[-1] if offers else len(prompts)
        options = options_of(prompts[last], lexicon) if offers else ()
        bare = (replace(one, choices=()) if at == last else one for at, one in enumerate(prompts))
        choose = lexicon.phrases.get(CHOOSE, Phrase(("",))).words()
        return Parts(words_of(tuple(bare), lexicon), options, asks[-1] if asks else "", choose)

    def offers(self, reply: Reply, number: str, words: str) -> bool:
        """Return True if that option of the reply has these words, or shortened ones."""
        start = words.rstrip(CUT).casefold()
        return any(
            option.id == number
            and (option.title.casefold().startswith(start) or option.brief.casefold() == start)
            for option in self.parts(reply).options
        )

    def phrases(self, language: str, style: Style) -> Mapping[str, str]:
        """Return the words of every key, values still in braces."""
        known = self._lexicons[language, style].phrases
        return {key: phrase.words() for key, phrase in sorted(known.items())}

    def facts(self, values: Mapping[str, str], language: str) -> dict[str, str]:
        """Return the values of a prompt in the long words of a language, by name."""
        lexicon = self._lexicon(language, "long")
        return {name: value_words(value, lexicon) for name, value in values.items()}

    def page(self, reply: Reply, *, septets_max: int) -> str:
        """Return page `reply.page`, or the last, of the short words, in GSM-7."""
        return self.open_page(reply, septets_max=septets_max).words

    def open_page(self, reply: Reply, *, septets_max: int) -> Page:
        """Return the same page, and whether another one follows it."""
        every = self.pages(reply, septets_max=septets_max)
        words = every[min(max(reply.page, 0), len(every) - 1)]
        return Page(words, goes_on=reply.page + 1 < len(every))

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
        lexicon = self._lexicon(reply.language, "short")
        text = _with_navigation(words_of(reply.prompts, lexicon), reply, lexicon, septets_max)
        return pages(text, septets_max=septets_max, footer=lexicon.phrases["nav_next"].words())

    def _lexicon(self, language: str, style: Style) -> Lexicon:
        return self._lexicons.get((language, style)) or self._lexicons[self._own, style]


def load_wording(folder: Path | None, campaign: Campaign) -> Wording:
    """Read every catalog in `folder`, or in our own; ValueError names the unreadable file."""
    files = sorted((folder or LOCALE).glob("*.po"))
    return Wording({file.stem: _read(file) for file in files}, campaign)


def _offered(catalogs: Mapping[str, Catalog], campaign: Campaign) -> tuple[str, ...]:
    """Return the campaign's own language, then those it names, or else every reviewed one."""
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
    pages: dict[str, dict[str, Phrase]] = {"console": {}, "web": {}}
    for message in catalog:
        key = message.id if isinstance(message.id, str) else message.id[0]
        words = message.string or ""
        forms = (words,) if isinstance(words, str) else tuple(words)
        if not key or not all(forms) or message.fuzzy:
            continue
        if message.context == "typed":
            typed[key] = read_typed(forms[0])
        elif message.context in pages:
            pages[message.context][key] = Phrase(forms, plural)
        else:
            phrases["long" if message.context == "long" else "short"][key] = Phrase(forms, plural)
    return Catalog(phrases, typed, reviewed=not catalog.fuzzy, **pages)


def _complete(
    catalogs: Mapping[str, Mapping[Style, Phrases]],
    language: str,
    style: Style,
    campaign: Campaign,
) -> Phrases:
    """Return a phrase for every key: if need be a short one, or one of another language."""
    phrases: dict[str, Phrase] = {}
    for code in (*sorted(catalogs.keys() - {language, campaign.language}), campaign.language):
        phrases |= {**catalogs[code]["short"], **catalogs[code][style]}
    own = catalogs[language]
    phrases |= _campaign_phrases(campaign, language, style) | {**own["short"], **own[style]}
    phrases |= _language_names(catalogs)
    facts = _facts(campaign, language)
    if policy := phrases.get(POLICY):
        facts["policy"] = policy.filled(facts).words()
    return {key: phrase.filled(facts) for key, phrase in phrases.items()}


def _facts(campaign: Campaign, language: str) -> dict[str, str]:
    """Return the values that any phrase may name."""
    return {
        "campaign": _in(campaign.name, language, campaign.language) or campaign.id,
        "hotline": campaign.hotline,
        "service_code": campaign.service_code,
        "handover_dial": campaign.handover_dial,
        "sms_number": campaign.sms_number,
        "whatsapp_number": campaign.whatsapp_number,
        "mailbox": campaign.mailboxes[0],
    }


def _campaign_phrases(campaign: Campaign, language: str, style: Style) -> dict[str, Phrase]:
    """Return the phrases of campaign.toml: professions, questions about health.

    A list of those questions has them whole where there is room for it.
    """
    labels = {f"profession:{one.code}": one.label for one in campaign.professions}
    labels |= {f"screening:{one.code}": one.label for one in campaign.screening.questions}
    for one in campaign.screening.questions:
        labels[f"health:{one.code}"] = one.short | (one.label if style == "long" else {})
    return {
        key: Phrase((_in(label, language, campaign.language) or key.partition(":")[2],))
        for key, label in labels.items()
    }


def _language_names(catalogs: Mapping[str, Mapping[Style, Phrases]]) -> dict[str, Phrase]:
    """Return each language's name in that language."""
    return {
        f"language:{code}": catalog["short"].get("language_name", Phrase((code,)))
        for code, catalog in catalogs.items()
    }


def _with_navigation(text: str, reply: Reply, lexicon: Lexicon, septets_max: int) -> str:
    """Say below a question what "0" does, unless that alone would take another page."""
    keys = [prompt.key for prompt in reply.prompts]
    hints = [hint for key in keys for start, hint in _NAVIGATION.items() if key.startswith(start)]
    if not hints:
        return text
    longer = f"{text}\n{lexicon.phrases[hints[-1]].words()}"
    return longer if fits(longer, septets_max) or not fits(text, septets_max) else text


def _in(words: Mapping[str, str], *languages: str) -> str:
    return next((words[language] for language in languages if language in words), "")
