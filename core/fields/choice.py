"""A choice from a numbered list, by its number or by a word."""

import re
import unicodedata
from collections.abc import Mapping

from rapidfuzz import fuzz, process

from core.fields.invalid import InvalidError

SLIP_LENGTH_MIN = 5  # shorter words are too alike to tell a slip from another word
SLIP_RATIO_MIN = 85  # percent, of rapidfuzz

_WIDE = {0xFF01 + place: 0x21 + place for place in range(94)} | {0x3000: " "}  # of East Asia
_NOISE = re.compile(r"[^\w\s/+-]|_")


def fold(text: str) -> str:
    """Return `text` in lower case, without punctuation, with single spaces."""
    if text.isascii() and text.isalpha():  # one word, as most are that are compared
        return text.lower()
    return " ".join(_NOISE.sub(" ", text.casefold()).split())


def plain(text: str) -> str:
    """Return `text` with full-width and other keyboards' digits and letters as plain ones."""
    if text.isascii():
        return text
    usual = text.translate(_WIDE)
    return "".join(str(unicodedata.digit(char)) if char.isdecimal() else char for char in usual)


def find_choice(text: str, words: Mapping[str, str]) -> str | None:
    """Return the choice that `text` names, or on which all its words agree; None if neither."""
    folded = fold(text)
    if (choice := words.get(folded)) is not None:
        return choice
    named = {words.get(word) for word in folded.split()}
    return named.pop() if len(named) == 1 else None


def parse_choice(text: str, words: Mapping[str, str]) -> str:
    """Return the choice that `text` names, or one slip of it; or raise `InvalidError`.

    `words` maps folded words, numbers among them, to choices.
    """
    if (choice := words.get(text)) is not None:
        return choice
    if (choice := find_choice(text, words)) is not None:
        return choice
    word = fold(text)
    named = {words[one] for one in word.split() if one in words}
    if len(word) >= SLIP_LENGTH_MIN and not word.isdigit() and len(named) < 2:  # noqa: PLR2004 unclear
        near = process.extractOne(
            word, words.keys(), scorer=fuzz.ratio, score_cutoff=SLIP_RATIO_MIN
        )
        if near is not None:
            return words[near[0]]
    raise InvalidError("choice_unclear")
