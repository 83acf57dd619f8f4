"""A phrase as an approved template of WhatsApp: what is filed for it, and what fills it in.

A template is the phrase of a prompt in the long style, its values numbered: `{{1}}`. It neither
begins nor ends with one, which Meta refuses.
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/overview
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from core.campaign import Campaign, Template
from core.messages import Reply
from core.wording.catalog import Wording
from core.wording.phrase import PLACE

# What a value may look like, which Meta wants to see beside a template.
EXAMPLES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("date", "closed"), "@date:2021-01-20"),
    "time": "@time:2021-01-20T08:00+07:00",
    "until": "@time:2021-01-19T18:00+07:00",
    "facility": "@text:RSUD Al Ihsan",
    "address": "@text:Jl. Ki Astramanggala, Baleendah",
    "number": "7K3M-9QXC",
    "gone": "4T8P-2HVD",
    "nik_end": "0001",
    "receipt": "H-7K3M9QXC",
    "case": "K-1042",
}
EMPTY: Final = "-"  # stands in for a value without words: Meta refuses an empty one


class FilledTemplate(NamedTuple):
    """A template to send: its name, WhatsApp's code for its language, and the values in order."""

    name: str
    code: str
    values: tuple[str, ...]
    content_sid: str = ""  # Twilio's, if it has one


class FiledTemplate(NamedTuple):
    """A template to have approved, in one language."""

    key: str
    name: str
    code: str
    category: str
    text: str
    examples: tuple[str, ...]


class Templates:
    """The templates of a campaign; ValueError if one does not fit the phrase of its key."""

    def __init__(self, campaign: Campaign, wording: Wording) -> None:
        self._wording, self._own = wording, campaign.language
        self._codes = campaign.whatsapp.languages or {self._own: self._own}
        self._templates = campaign.whatsapp.templates
        if self._own not in self._codes:
            raise ValueError(f"whatsapp.languages lacks the campaign's own: {self._own}")
        for key, template in self._templates.items():
            for language in self._codes:
                _check(key, template, self._words(key, language))

    def fill(self, reply: Reply) -> FilledTemplate | None:
        """Return the template that says all that the reply says, or None if none does."""
        template = self._templates.get(reply.prompts[0].key) if len(reply.prompts) == 1 else None
        if template is None:
            return None
        language = reply.language if reply.language in self._codes else self._own
        facts = self._wording.facts(reply.prompts[0].args, language)
        return FilledTemplate(
            template.name or reply.prompts[0].key,
            self._codes[language],
            tuple(_on_one_line(facts.get(name, "")) for name in template.variables),
            template.content_sid.get(language, ""),
        )

    def filed(self) -> tuple[FiledTemplate, ...]:
        """Return what to have approved, for each template and language."""
        examples = {language: self._wording.facts(EXAMPLES, language) for language in self._codes}
        return tuple(
            FiledTemplate(
                key,
                template.name or key,
                code,
                template.category.upper(),
                self._text(key, template, language),
                tuple(examples[language].get(name, name) for name in template.variables),
            )
            for key, template in self._templates.items()
            for language, code in self._codes.items()
        )

    def _text(self, key: str, template: Template, language: str) -> str:
        """Return the text to file: a value at either end gets words before it, a period after."""
        text = _numbered(self._words(key, language), template.variables)
        campaign = self._wording.phrases(language, "short")["menu"]
        opening = f"{campaign}: " if text.startswith("{{") else ""
        return f"{opening}{text}{'.' if text.endswith('}}') else ''}"

    def _words(self, key: str, language: str) -> str:
        words = self._wording.phrases(language, "long").get(key)
        if words is None:
            raise ValueError(f"whatsapp.templates.{key}: no phrase has this key")
        return words


def _check(key: str, template: Template, words: str) -> None:
    said, numbered = set(PLACE.findall(words)), set(template.variables)
    if said != numbered:
        wrong = ", ".join(sorted(said ^ numbered))
        raise ValueError(f"whatsapp.templates.{key}: the phrase and `variables` differ: {wrong}")


def _numbered(words: str, variables: Sequence[str]) -> str:
    """Return the text with its values numbered; one that is said twice may have two numbers."""
    left = {name: [n for n, one in enumerate(variables, 1) if one == name] for name in variables}

    def number(name: str) -> str:
        numbers = left[name]
        return f"{{{{{numbers.pop(0) if len(numbers) > 1 else numbers[0]}}}}}"

    return PLACE.sub(lambda place: number(place[1]), words)


def _on_one_line(value: str) -> str:
    """Return the value as Meta takes it: no line break, no tab, not five blanks in a row."""
    return " ".join(value.split()) or EMPTY
