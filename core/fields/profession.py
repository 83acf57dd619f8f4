"""A profession as people write it: `Dokter Spesialis Anak`, `suster`, `Kepala Ruangan`."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from core.fields.choice import fold, parse_choice
from core.fields.invalid import InvalidError

TEXT_CHARACTERS_MAX: Final = 200  # that are read
WORDS_CHARACTERS_MAX: Final = 60  # of a profession that no choice names
DIGITS_MAX: Final = 3  # in its words: `Perawat IGD 2`

_PARTS = re.compile(r"[\s/+-]+")


class WrittenProfession(NamedTuple):
    """The code of a profession; `words` are what was written, where the code does not tell it."""

    code: str
    words: str = ""


def parse_profession(text: str, choices: Mapping[str, str], *, other: str) -> WrittenProfession:
    """Return the profession that is written, or raise `InvalidError`.

    `choices` maps folded words to codes. A choice that stands first counts, whatever specifies it,
    unless another one follows: `perawat/bidan`. Any other words are those of `other`, if a code.
    """
    text = text[:TEXT_CHARACTERS_MAX]
    words = [word for word in _PARTS.split(fold(text)) if word]
    if len(words) > 1 and words[0].isdecimal():
        del words[0]  # the number of a choice, or of a line, and its words
    if code := _leading(words, choices):
        if {choices.get(word, code) for word in words if not word.isdecimal()} - {code}:
            raise InvalidError("choice_unclear")
        return WrittenProfession(code)
    for likely in (text, "".join(words[:1])):
        with suppress(InvalidError):
            return WrittenProfession(parse_choice(likely, choices))
    tidy = " ".join(text.split())
    digits = sum(map(str.isdigit, tidy))
    if not other or digits > DIGITS_MAX or not any(map(str.isalpha, tidy)):
        raise InvalidError("choice_unclear")
    return WrittenProfession(other, tidy[:WORDS_CHARACTERS_MAX].strip())


def _leading(words: list[str], choices: Mapping[str, str]) -> str:
    """Return the choice that the most of the first words name, or ""."""
    spelled = (sign.join(words[:end]) for end in range(len(words), 0, -1) for sign in " /")
    return next((choices[one] for one in spelled if one in choices), "")
