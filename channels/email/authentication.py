"""Read what our own mail server found about the sender of a mail (RFC 8601): DMARC's result.

Anybody can write an `Authentication-Results` field. Only the first that bears our mail server's
id is read: it puts its own above all others, and should remove those that came with its id.
"""

import re
from collections.abc import Iterator
from enum import Enum, auto
from itertools import chain
from typing import Final

from channels.email.headers import Part

_COMMENT = re.compile(r"\\.|[()]|[^\\()]++|\\", re.DOTALL)
_WORD = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[;=(]|[^\s;=("]++|\s++', re.DOTALL)
_QUOTED: Final = '"'  # whatever it says: no id, method, result or domain is quoted


class Dmarc(Enum):
    """DMARC's result (RFC 7489): the domain of the `From` vouches for the mail, or denies it."""

    PASS = auto()
    FAIL = auto()
    NONE = auto()  # it says nothing, or another result


def read_dmarc(mail: Part, *, authserv: str, domain: str) -> Dmarc:
    """Return the result for a mail whose `From` is at `domain`; NONE if `authserv` is "".

    A pass must name that domain as `header.from`.
    """
    fields = mail.all("authentication-results") if authserv else []
    own = next((field for field in fields if _authserv_id(field) == authserv.lower()), "")
    found = [result for result in _results(own) if result[0][0] == "dmarc"]
    if any(value == "fail" for (_method, value), *_properties in found):
        return Dmarc.FAIL
    named = ("header.from", domain.lower())
    passed = any(value == "pass" and named in properties for (_, value), *properties in found)
    return Dmarc.PASS if passed else Dmarc.NONE


def _authserv_id(field: str) -> str:
    return next(_words(field), "").lower()


def _results(field: str) -> Iterator[list[tuple[str, str]]]:
    """Yield each result: the pairs of a method and its value, then of its properties."""
    words: list[str] = []
    for word in chain(_words(field), ";"):
        if word != ";":
            words.append(word.lower())
            continue
        places = range(1, len(words) - 1)
        pairs = [(words[at - 1], words[at + 1]) for at in places if words[at] == "="]
        if pairs:
            (method, value), *properties = pairs
            yield [(method.partition("/")[0], value), *properties]
        words = []


def _words(field: str) -> Iterator[str]:
    """Yield words, `;`, `=` and `_QUOTED`, without comments."""
    at = 0
    while match := _WORD.match(field, at):
        word, at = match[0], match.end()
        if word == "(":
            at = _after_comment(field, at)
        elif word.startswith(_QUOTED):
            yield _QUOTED
        elif not word.isspace():
            yield word


def _after_comment(field: str, at: int) -> int:
    depth = 1
    while depth and (match := _COMMENT.match(field, at)):
        at = match.end()
        depth += {"(": 1, ")": -1}.get(match[0], 0)
    return at
