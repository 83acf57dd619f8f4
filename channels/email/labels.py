"""Recognise the labels of answers, in any language: `NIK: 3204…`, `Nama`, `No. HP/WA = 0812…`.

A label that the catalogs list counts at the beginning of a line, after bullets,

- before a separator: a colon, `=`, a tab, or a dash with a blank beside it; the rest is the value;
- before digits, if its question asks for a number: `NIK 3204…`;
- alone on the line, as cells of a table are.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from channels.email.persons import NAME, NIK, NUMBERS, PHONE, PROFESSION
from core.wording.typed import TypedWords

VALUE_CHARACTERS_MAX: Final = 200  # twice the longest name, and room for a choice copied whole
LINE_CHARACTERS_MAX: Final = 1_000
LINES_CACHED: Final = (
    2_048  # of the newest letters: each line is read for quotes, then for answers
)
CELLS_MAX: Final = 30  # of a row of a table
KEYS: Final = (NIK, NAME, PROFESSION, PHONE)
KINDS: Final = ("label", "heading")  # in letters both head tables, and both stand before values
COURTESIES: Final = ("letter:courtesy", "letter:closing", "letter:thanks")
ROLES: Final = ("letter:signatory", "letter:testimony", "letter:self")
INTRODUCTION: Final = "letter:introduction"
TOTAL: Final = "letter:total"
OTHER_NUMBER: Final = "letter:other_number"


class Labelled(NamedTuple):
    """A line with a label that we know: its question, the label, its languages, and the value."""

    key: str
    label: str
    languages: frozenset[str]
    value: str


# A hyphen, and the two dashes that mailers make of it; a colon, and that of East Asian keyboards.
_DASH, _COLON = "[-\u2013\u2014]", "[:=\uff1a\t]"
_BULLET = re.compile(rf"\s*(?:(?:{_DASH}|[•·>▪●◦|])\s*|\(?(?:[0-9]{{1,2}}|[A-Za-z])[.)]\s*)*")
_REMARK = re.compile(r"\([^()]*+\)")
_NON_WORD = re.compile(r"[\W_]+")
_LEADING_NON_WORD = re.compile(r"\W*+")
# Blanks before a separator belong to the label; so no run of blanks is scanned twice.
_SEPARATOR = re.compile(rf"(?:{_COLON}\s*+)++|(?<=\s){_DASH}|{_DASH}(?=\s)")
_SEPARATORS_MAX = 6
_LABEL_THEN_NUMBER = re.compile(r"[^0-9+]{2,40}?(?=[ .#-]\+?[0-9])")
_LINK = re.compile(r"<(?:tel|mailto|https?):[^<>]{0,200}>", re.IGNORECASE)  # mailers add them


class Labels:
    """The labels and courtesies of every language that is offered."""

    def __init__(self, typed: TypedWords) -> None:
        languages: defaultdict[str, set[str]] = defaultdict(set)
        self._key_of: dict[str, str] = {}  # in the order in which they are preferred
        for key in KEYS:
            for kind in KINDS:
                for language, labels in typed.by_language(f"{kind}:{key}").items():
                    for label in labels:
                        self._key_of.setdefault(label, key)
                        languages[label].add(language)
        self.known = frozenset(self._key_of)
        self._ranks = {label: rank for rank, label in enumerate(self._key_of)}
        self.own_language = typed.own
        self._languages = {label: frozenset(names) for label, names in languages.items()}
        courtesy, closing, thanks = (typed.words(key) for key in COURTESIES)
        self._courtesy = _beginning_with(courtesy)
        self._closing = _beginning_with(closing, after="(?!:)")
        self._thanks = _beginning_with(thanks)
        signatory, testimony, own = (typed.words(key) for key in ROLES)
        self._signatory = _beginning_with(signatory, before=r"\b")
        self._testimony = _beginning_with(testimony, before=r"\b")
        self._self = _beginning_with(own, before=r"\b")
        self._introduction = _beginning_with(typed.words(INTRODUCTION))
        self._total = _beginning_with(typed.words(TOTAL))
        numbers = typed.words(OTHER_NUMBER)
        self._other_numbers = frozenset(numbers)
        self._other_number_starts = tuple(one[:-1] for one in numbers if one.endswith("*"))
        self._cached = lru_cache(maxsize=LINES_CACHED)(self._read)

    def read(self, line: str) -> Labelled | None:
        """Return the label that the line begins with, and its value; None if it has no label."""
        return self._cached(line)

    def _read(self, line: str) -> Labelled | None:
        line = line[:LINE_CHARACTERS_MAX].replace("*", "")
        line = line[_end(_BULLET.match(line)) :].strip()
        return self._before_separator(line) or self._before_number(line) or self._label_only(line)

    def is_courtesy(self, line: str) -> bool:
        """Return True if the line begins with a greeting, thanks or another courtesy."""
        return bool(self._courtesy.match(line.strip()))

    def is_closing(self, line: str) -> bool:
        """Return True if the line is a closing, which a signature follows."""
        return bool(self._closing.match(line[_end(_LEADING_NON_WORD.match(line)) :]))

    def is_thanks(self, line: str) -> bool:
        """Return True if the line begins with thanks."""
        return bool(self._thanks.match(line[_end(_LEADING_NON_WORD.match(line)) :]))

    def signatory_cue(self, line: str) -> tuple[int, int] | None:
        """Return the span of words after which somebody signs: `yang bertanda tangan`."""
        found = self._signatory.search(line)
        return found.span() if found else None

    def testimony_cue(self, line: str) -> tuple[int, int] | None:
        """Return the span of words after which others are named: `menerangkan`."""
        found = None if self._self.search(line) else self._testimony.search(line)
        return found.span() if found else None

    def without_introduction(self, text: str) -> str:
        """Return the text behind `nama saya`; "" if it does not begin with such words."""
        found = self._introduction.match(text)
        return text[found.end() :].lstrip(" :") if found else ""

    def is_total(self, line: str) -> bool:
        """Return True if the line is the one that counts the rows of a table."""
        return bool(self._total.match(line[_end(_LEADING_NON_WORD.match(line)) :]))

    def asks_other_number(self, label: str) -> bool:
        """Return True if the label asks for a number that is not a NIK: `No. KK`, `STR`."""
        words = _fold(label)
        return words in self._other_numbers or words.startswith(self._other_number_starts)

    def look_up(self, label: str) -> tuple[str, str, frozenset[str]] | None:
        """Return the question that a label alone asks, the label folded, and its languages."""
        return self._look_up(_REMARK.sub(" ", label[:LINE_CHARACTERS_MAX]))

    def rank(self, label: str) -> int:
        """Return the place of a folded label among all; the first is the best of one question."""
        return self._ranks[label]

    def _before_separator(self, line: str) -> Labelled | None:
        # A colon in a remark, as in `NIK (KTP: 16 digit)`, separates nothing.
        masked = _REMARK.sub(lambda remark: "\0" * len(remark[0]), line)
        for count, separator in enumerate(_SEPARATOR.finditer(masked)):
            known = self._look_up(masked[: separator.start()])
            if known or count >= _SEPARATORS_MAX:
                value = _LINK.sub("", line[separator.end() :]).strip().strip(" \t_")
                cells = value.split("\t") if "\t" in value else ()
                head_row = any(self._look_up(cell) for cell in cells[:CELLS_MAX])
                return Labelled(*known, value) if known and not head_row else None
        return None

    def _before_number(self, line: str) -> Labelled | None:
        label = _LABEL_THEN_NUMBER.match(line)
        known = self._look_up(label[0]) if label else None
        if label and known and known[0] in NUMBERS:
            return Labelled(*known, line[label.end() :].strip(" .#-"))
        return None

    def _label_only(self, line: str) -> Labelled | None:
        known = self._look_up(line) if "(" not in line else None
        return Labelled(*known, "") if known else None

    def _look_up(self, label: str) -> tuple[str, str, frozenset[str]] | None:
        label = label.replace("\0", " ")
        if len(label) > LINE_CHARACTERS_MAX:
            return None
        words = _fold(label)
        key = self._key_of.get(words)
        return (key, words, self._languages[words]) if key else None


def _fold(label: str) -> str:
    return _NON_WORD.sub(" ", label).strip().lower()


def _beginning_with(
    phrases: Sequence[str], *, before: str = "", after: str = ""
) -> re.Pattern[str]:
    """Return a pattern that matches one of the phrases; a final `*` stands for any word ending."""
    patterns = []
    for phrase in phrases:
        words = r"\ *+".join(map(re.escape, phrase.rstrip("*").split()))
        patterns.append(words + (r"\w*+" if phrase.endswith("*") else ""))
    any_of = "|".join(patterns) or "(?!)"
    return re.compile(rf"{before}(?:{any_of})\b{after}", re.IGNORECASE)


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0
