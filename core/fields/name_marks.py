"""What finds a name without reading it: marks of its words, and what begins with a mark.

Equal folded names have equal marks. Where the database is sealed the marks are short and keyed
(`sealed_marks`): several names share one, so that whoever finds names by marks compares the names.
"""

from hashlib import blake2b
from itertools import product
from string import ascii_lowercase, ascii_uppercase, digits
from typing import Final

from core.fields.name_matching import fold_name

HEAD_LETTERS: Final = 4  # with which a word is found that goes on otherwise
_MARK_BITS: Final = 12  # two characters, none of which LIKE takes for a wildcard
_LETTERS: Final = ascii_uppercase + ascii_lowercase + digits + "+/"
_MARKS: Final = ["".join(pair) for pair in product(_LETTERS, repeat=2)]


def name_marks(full_name: str) -> str:
    """Return the bare words of a name: what its marks are made of."""
    return fold_name(full_name)


def head_mark(word: str) -> str:
    """Return what every word that begins so is marked with, too."""
    return word[:HEAD_LETTERS]


def sealed_marks(marks: str, key: bytes) -> str:
    """Return the marks of words, two characters for each word, and two for the head of a longer.

    Marks of the head alone (`head_mark`) stand within those of the whole word.
    """
    return "".join(_sealed(word, key) for word in marks.split())


def _sealed(word: str, key: bytes) -> str:
    head = head_mark(word)
    return _mark(head, key) + (_mark(word, key) if word != head else "")


def _mark(text: str, key: bytes) -> str:
    digest = int.from_bytes(blake2b(text.encode(), digest_size=2, key=key).digest())
    return _MARKS[digest >> (16 - _MARK_BITS)]
