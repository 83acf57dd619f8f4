"""A person's name, as on the identity card: one field, one word is enough.

One-word names are legal and common; new documents allow at most 60 letters, Latin, no digits
(Permendagri 73/2022), and degrees are written with the name. What a name says is shown to others,
so it is in one script, and nothing in it becomes a link.
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from typing import Final

from core.fields.choice import fold
from core.fields.invalid import InvalidError
from core.fields.name_matching import is_title

NAME_LENGTH_MAX = 60
MARKS_MAX: Final = 2  # accents on one letter: Vietnamese has two

_APOSTROPHES = str.maketrans(dict.fromkeys("\u00b4\u02bb\u02bc\u2018", "\u2019"))
_PUNCTUATION = " .,'\u2019`-/()"
_UNSPOKEN = str.maketrans("", "", _PUNCTUATION)
_BETWEEN = re.compile(r"([ ,'\u2019`/()-]+)")  # what stands between two words
_PIECES_MAX = 4  # of one degree: `A.Md.Keb` has three
# Before a full stop and a name: Muh.Ali, Sp.A; so is any single letter: M.Yusuf
_SHORTENED = frozenset(
    ("abd", "ach", "md", "mhd", "moch", "moh", "mohd", "much", "muh", "muhd", "sp", "st", "sy")
)
_CHILD_OF = frozenset(("s/o", "d/o", "w/o", "a/l", "a/p"))  # Tamil names, as documents have them


def parse_name(text: str, not_names: Container[str] = ()) -> str:
    """Return the name with single spaces, or raise `InvalidError`.

    A full stop between two words gets its space; inside a degree it stays as it is. `not_names`:
    folded texts that are courtesies, or answers to other questions.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES))
    tidy = " ".join(plain.split())
    if not tidy:
        raise InvalidError("name_empty")
    if len(tidy) <= NAME_LENGTH_MAX:
        tidy = _without_links(tidy)  # which may be longer
    if len(tidy) > NAME_LENGTH_MAX:
        raise InvalidError("name_too_long")
    if not tidy[0].isalpha() or not _is_latin(tidy):
        raise InvalidError("name_digits")
    if fold(tidy) in not_names:
        raise InvalidError("name_courtesy")
    return tidy


def _is_latin(text: str) -> bool:
    """Return True for Latin letters, each with at most `MARKS_MAX` accents, and punctuation."""
    if text.isascii():
        return text.translate(_UNSPOKEN).isalpha()
    room = 0  # for accents on the letter before
    for char in unicodedata.normalize("NFD", text):
        if "\u0300" <= char <= "\u0341":  # those above are Greek, or letters
            room -= 1
        elif char in _PUNCTUATION:
            room = 0
        elif _is_letter(char):
            room = MARKS_MAX
        else:
            return False
        if room < 0:
            return False
    return True


def _is_letter(char: str) -> bool:
    """Return True for a capital or small letter; some signs, too, are called Latin letters."""
    known = char <= "\u024f" or "\u1e00" <= char <= "\u1eff"
    return known and unicodedata.category(char) in {"Lu", "Ll"}


def _without_links(name: str) -> str:
    """Return the name without anything that reads as a link; raise `InvalidError` if it is one."""
    if "/" in name and not all(map(_may_have_slash, name.split())):
        raise InvalidError("name_link")
    if "." not in name:
        return name
    return "".join(
        part if place % 2 else _spaced(part) for place, part in enumerate(_BETWEEN.split(name))
    )


def _may_have_slash(word: str) -> bool:
    return "/" not in word or word.strip(".,()").lower() in _CHILD_OF


def _spaced(word: str) -> str:
    """Return `S.Kep` as it is, and `M.Yusuf` with a space; raise `InvalidError` for `evil.id`."""
    pieces = [piece for piece in word.split(".") if piece]
    if len(pieces) < 2:  # noqa: PLR2004 no full stop stands between two
        return word
    return ". ".join(_chunks(pieces)) + ("." if word.endswith(".") else "")


def _chunks(pieces: list[str]) -> Iterator[str]:
    """Yield degrees whole, and words one by one."""
    place, after_a_word = 0, False
    while place < len(pieces):
        ends = range(min(len(pieces), place + _PIECES_MAX), place, -1)
        end = next((end for end in ends if is_title("".join(pieces[place:end]))), 0)
        word = pieces[place]
        if after_a_word and not end:
            raise InvalidError("name_link")
        after_a_word = not end and len(word) > 1 and word.lower() not in _SHORTENED
        yield ".".join(pieces[place : end or place + 1])
        place = end or place + 1
