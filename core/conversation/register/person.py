"""Read what people write of themselves in one message: labels in any order, or prose with a NIK.

A chat has no lines and no layout to rely on: `Nama Siti NIK 3204… perawat` is one line. So words
are read, not lines: a label begins a part, and a comma, a line or a NIK ends one. A part without a
label is known by what it is: a profession, a degree, else the name. Doubtful parts are left out,
and asked for.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from core.conversation.form_questions import FULL_NAME, NIK, PROFESSION
from core.conversation.keywords import Keywords
from core.fields.choice import fold
from core.fields.name_matching import is_title

TOKENS_MAX: Final = 150  # that are read
LABEL_WORDS_MAX: Final = 4
PROFESSION_WORDS_MAX: Final = 3
NAME_WORDS_MAX: Final = 7
ANSWERS_MIN: Final = 2  # that a text without a NIK, and without a colon, must give

_NIK = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){15}(?![0-9])")
_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){14,16}(?![0-9])")  # a NIK, a digit off
_NO_DIGIT = re.compile(r"[^0-9]++")
_TOKEN = re.compile(r"[^\s,;#:=\uff1a]++|[,;#:=\uff1a]|\n")
_ENDS: Final = frozenset((*",;#\n", "-", "/", "|"))
_SLASHED = re.compile(r"[0-9] ?/|/ ?[0-9]")  # beside a NIK: all slashes part what is told
_COLONS: Final = frozenset((":", "=", "\uff1a"))


class _Part(NamedTuple):
    """Words under a label, whose question is `key`, or under none; `surely`: a colon follows."""

    key: str
    words: list[str]
    surely: bool = False


def read_person(keywords: Keywords, text: str, *, registers: bool = False) -> dict[str, str]:
    """Return the raw answers that the text gives, by question; none if it is about two people.

    `registers`: it begins with `DAFTAR`, so that a name and a profession are enough.
    """
    number = _NIK if _NIK.search(text) else _NUMBER
    niks = {_NO_DIGIT.sub("", found[0]) for found in number.finditer(text)}
    if not niks and text.isalnum():
        return {}  # one word is too little
    words = number.sub(" ; ", text)
    slashed = words.replace("/", " ; ") if _SLASHED.search(text) else words
    parts = list(_parts(keywords, slashed))
    labelled = [one for one in parts if one.key]
    if len(niks) > 1 or len({one.key for one in labelled}) < len(labelled):
        return {}
    answers = _unlabelled(keywords, [one.words for one in parts if not one.key])
    for one in labelled:
        answers |= _labelled(keywords, one)
    if niks:
        return {**answers, NIK: niks.pop()}
    enough = len(answers) >= ANSWERS_MIN and (registers or len(labelled) >= ANSWERS_MIN)
    surely = any(one.surely and one.words for one in labelled)
    return answers if enough or surely else {}


def split_profession(keywords: Keywords, text: str) -> tuple[str, dict[str, str]]:
    """Return the name, and the profession that stands behind it, as answers.

    Behind a comma or `#` any word for it counts, else only its code: few are called `Perawat`.
    """
    name, _, last = text.replace("#", ",").rpartition(",")
    if code := _profession(keywords, last if name else ""):
        return name, {PROFESSION: code}
    name, _, last = text.rstrip(" ).").rpartition(" ")
    code = _profession(keywords, last.lstrip("(/-"))
    if name and code and code == fold(last):
        return name.rstrip(" ,(/-"), {PROFESSION: code}
    return text, {}


def _profession(keywords: Keywords, word: str) -> str:
    """Return the code of the profession that a word names; "" for a number, or a title."""
    folded = fold(word)
    known = not folded.isdecimal() and not is_title(folded)
    return keywords.professions.get(folded, "") if known else ""


def _parts(keywords: Keywords, text: str) -> Iterator[_Part]:
    """Yield the parts of the text in their order."""
    tokens = _TOKEN.findall(text)[:TOKENS_MAX]
    folded = [fold(token) for token in tokens]
    part, at = _Part("", []), 0
    while at < len(tokens):
        size, key = _label_at(keywords, folded, at)
        if size:
            yield part
            at += size
            surely = at < len(tokens) and tokens[at] in _COLONS
            part = _Part(key, [], surely)
        elif tokens[at] == "," and part.words and _is_degree(tokens[at + 1 : at + 2]):
            part.words[-1] += ","
            at += 1
        elif tokens[at] in _ENDS and (part.words or not part.key):
            yield part
            part, at = _Part("", []), at + 1
        else:
            if folded[at] and tokens[at] not in _ENDS:
                part.words.append(tokens[at])
            at += 1
    yield part


def _is_degree(next_token: Sequence[str]) -> bool:
    return any(is_title(token.replace(".", "")) for token in next_token)


def _label_at(keywords: Keywords, folded: Sequence[str], at: int) -> tuple[int, str]:
    """Return how many words from `at` on are a label, and its question; 0 if none are."""
    for size in range(min(LABEL_WORDS_MAX, len(folded) - at), 0, -1):
        words = folded[at : at + size]
        if all(words) and (key := keywords.fields.get(" ".join(words))):
            return size, key
    return 0, ""


def _labelled(keywords: Keywords, part: _Part) -> dict[str, str]:
    words = _trimmed(keywords, part.words)
    if part.key == FULL_NAME:
        return _name_and_profession(keywords, words)
    return {part.key: " ".join(words)} if words else {}


def _unlabelled(keywords: Keywords, parts: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the profession and the name; of several that may be the name, none."""
    answers: dict[str, str] = {}
    names: list[str] = []
    for words in (_trimmed(keywords, one) for one in parts):
        found = _name_and_profession(keywords, words)
        if name := found.pop(FULL_NAME, ""):
            names.append(name)
        answers |= found
    return {**answers, FULL_NAME: names[0]} if len(names) == 1 else answers


def _name_and_profession(keywords: Keywords, words: Sequence[str]) -> dict[str, str]:
    """Return the name before a profession, or after one that comes first; and the profession.

    A name may have one on either side: `suster Siti perawat`. If they differ, neither is taken.
    """
    for at in range(len(words)):
        size = _profession_at(keywords, words, at)
        if size:
            named = " ".join(words[at : at + size])
            if at:
                return {PROFESSION: named} | _name(keywords, words[:at])
            behind = _name_and_profession(keywords, words[size:])
            other = behind.pop(PROFESSION, named)
            same = _profession(keywords, other) == _profession(keywords, named)
            return behind | ({PROFESSION: named} if same else {})
    return _name(keywords, words)


def _profession_at(keywords: Keywords, words: Sequence[str], at: int) -> int:
    """Return how many words from `at` on name a profession; a title before a name is none."""
    for size in range(min(PROFESSION_WORDS_MAX, len(words) - at), 0, -1):
        named = fold(" ".join(words[at : at + size]))
        if named in keywords.professions and not named.isdecimal():
            return 0 if is_title(named) and len(words) > 1 else size
    return 0


def _name(keywords: Keywords, words: Sequence[str]) -> dict[str, str]:
    """Return the words as a name, unless they are talk."""
    folded = [fold(word) for word in words]
    plain = (
        words and len(words) <= NAME_WORDS_MAX and not any(map(keywords.wishes.is_talk, folded))
    )
    if not plain or not all(word[:1].isalpha() for word in folded):
        return {}
    return {FULL_NAME: " ".join(words).strip(" .-/()")}


def _trimmed(keywords: Keywords, words: Sequence[str]) -> list[str]:
    """Return the words without those that wrap a wish; nothing if all are courtesies."""
    kept = list(words)
    while kept and keywords.wishes.is_wrapping(fold(kept[0])):
        del kept[0]
    while kept and keywords.wishes.is_wrapping(fold(kept[-1]), behind=True):
        del kept[-1]
    return [] if keywords.courtesies.is_courtesy(" ".join(kept)) else kept
