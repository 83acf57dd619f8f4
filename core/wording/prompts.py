"""Say prompts in the words of one language and style."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from core.messages import Prompt
from core.wording.data import Style, is_data, render, render_brief
from core.wording.parts import Option
from core.wording.phrase import PLACE, Phrase, Phrases

LAST_RESORT: Final = "ended"  # stands in for a key without words; it tells how to begin again

_NUMBERED: dict[Style, str] = {"short": "%d %s", "long": "%d. %s"}


class Lexicon(NamedTuple):
    """The phrases of one language in one style, with the campaign's facts filled in."""

    phrases: Phrases
    language: str
    style: Style


def words_of(prompts: tuple[Prompt, ...], lexicon: Lexicon) -> str:
    """Return the words of all prompts, joined by newlines."""
    return "\n".join([_prompt_words(prompt, lexicon) for prompt in prompts])


def lists_choices(prompt: Prompt, lexicon: Lexicon) -> bool:
    """Return True if the choices of the prompt are numbered below its words, to be answered."""
    return bool(prompt.choices) and "{choices}" not in _phrase(prompt, lexicon).words()


def options_of(prompt: Prompt, lexicon: Lexicon) -> tuple[Option, ...]:
    """Return the choices of the prompt as options, numbered from 1."""
    labels = [(value_words(f"@{key}", lexicon), key) for key in prompt.choices]
    return tuple(
        Option(str(number), title, render_brief(key, lexicon.language))
        for number, (title, key) in enumerate(labels, 1)
    )


def _phrase(prompt: Prompt, lexicon: Lexicon) -> Phrase:
    return lexicon.phrases.get(prompt.key) or lexicon.phrases[LAST_RESORT]


def _prompt_words(prompt: Prompt, lexicon: Lexicon) -> str:
    """Return the words of a prompt; its choices stand below them, or in place of `{choices}`."""
    phrase = _phrase(prompt, lexicon)
    values = {name: value_words(value, lexicon) for name, value in prompt.args.items()}
    words = phrase.words(values.get("count", ""))
    if not prompt.choices:
        return _fill(words, values)
    labels = [value_words(f"@{key}", lexicon) for key in prompt.choices]
    if "{choices}" in words:
        return _fill(words, {**values, "choices": ", ".join(labels)})
    lines = [_NUMBERED[lexicon.style] % choice for choice in enumerate(labels, 1)]
    return "\n".join((_fill(words, values), *lines))


def value_words(value: str, lexicon: Lexicon) -> str:
    """Return a value as it stands, or the phrase or data that it names; never a whole key."""
    if not value.startswith("@"):
        return value
    if is_data(value[1:]):
        return render(value[1:], lexicon.language, lexicon.style)
    phrase = lexicon.phrases.get(value[1:])
    return phrase.words() if phrase else value.rpartition(":")[2].lstrip("@")


def _fill(words: str, values: Mapping[str, str]) -> str:
    """Put the values in their places, in one pass: braces in a value are no place."""
    return PLACE.sub(lambda place: values.get(place[1], ""), words) if "{" in words else words
