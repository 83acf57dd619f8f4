"""A person's name, as on the identity card: one field, one word is enough.

One-word names are legal and common; new documents allow at most 60 letters, Latin, no digits
(Permendagri 73/2022), and degrees are written with the name.
"""

import unicodedata
from collections.abc import Container

from core.fields.choice import fold
from core.fields.invalid import InvalidError

NAME_LENGTH_MAX = 60

_PUNCTUATION = str.maketrans("", "", " .,'\u2019`-/()")


def parse_name(text: str, not_names: Container[str] = ()) -> str:
    """Return the name with single spaces, or raise `InvalidError`.

    `not_names`: folded texts that are courtesies, or answers to other questions.
    """
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if not tidy:
        raise InvalidError("name_empty")
    if len(tidy) > NAME_LENGTH_MAX:
        raise InvalidError("name_too_long")
    if not tidy[0].isalpha() or not _is_letters(tidy.translate(_PUNCTUATION)):
        raise InvalidError("name_digits")
    if fold(tidy) in not_names:
        raise InvalidError("name_courtesy")
    return tidy


def _is_letters(text: str) -> bool:
    """Return True if all are letters, or the marks that some scripts write on them."""
    return text.isalpha() or all(unicodedata.category(char)[0] in "LM" for char in text)
