"""Find the labelled answers of a letter, in any order and language: `NIK: 3204…`.

A label that the catalogs list counts at the beginning of a line, after bullets,

- before a separator: a colon, `=`, a tab, or a dash with a blank beside it; the rest is the value;
- before digits, if its question asks for a number: `NIK 3204…`;
- alone on the line, as cells of a table are.

A missing value is taken from the next line with text, if that looks like one. A line may hold
several labelled answers.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from channels.email.persons import NAME, NIK, NUMBERS, PHONE, PROFESSION, LetterValues
from core.wording.typed import TypedWords

VALUE_CHARACTERS_MAX: Final = 200  # twice the longest name, and room for a choice copied whole
LINE_CHARACTERS_MAX: Final = 1_000
ANSWERS_FOREIGN_MIN: Final = 2  # one English word alone does not make an English letter
KEYS: Final = (NIK, NAME, PROFESSION, PHONE)
COURTESIES: Final = ("letter:courtesy", "letter:closing", "letter:thanks")


class Labelled(NamedTuple):
    """A line with a label that we know: its question, the label's languages, the value or ""."""

    key: str
    languages: frozenset[str]
    value: str


class Answers(NamedTuple):
    """The answers of a letter by question, and its lines without any.

    `language` is the one of all labels, or "" if that is unclear or the campaign's own.
    `several`: the letter may be about several people; see `persons.py`.
    """

    values: dict[str, str]
    language: str
    other_lines: list[str]
    several: bool = False


_LABEL_CHARACTERS_MAX = 40
LINES_MAX = 2_000  # that are read; a letter written by hand has some twenty

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
_ANY_LABEL = re.compile(rf"[^\W\d][\w ./()'-]{{1,38}}?\s*{_COLON}")
_NEXT_LABEL = re.compile(r"[,;|]\s*(?=[A-Za-z][A-Za-z ./]{1,38}[:=\uff1a])")
_PLACEHOLDER = re.compile(r"[\W_]*")
_LINK = re.compile(r"<(?:tel|mailto|https?):[^<>]{0,200}>", re.IGNORECASE)  # mailers add them


class Labels:
    """The labels and courtesies of every language that is offered."""

    def __init__(self, typed: TypedWords) -> None:
        languages: defaultdict[str, set[str]] = defaultdict(set)
        self._key_of: dict[str, str] = {}
        for key in KEYS:
            for language, labels in typed.by_language(f"label:{key}").items():
                for label in labels:
                    self._key_of.setdefault(label, key)
                    languages[label].add(language)
        self.known = frozenset(self._key_of)
        self._own_language = typed.own
        self._languages = {label: frozenset(names) for label, names in languages.items()}
        courtesy, closing, thanks = (typed.words(key) for key in COURTESIES)
        self._courtesy = _beginning_with(courtesy)
        self._closing = _beginning_with(closing, after="(?!:)")
        self._thanks = _beginning_with(thanks)

    def read_all(self, lines: Iterable[str]) -> Answers:
        """Return the answers and the other lines of a letter."""
        split = (piece for line in lines for piece in self._split_line(line))
        pieces = list(islice(split, LINES_MAX))
        values = LetterValues()
        label_languages: list[frozenset[str]] = []
        other_lines: list[str] = []
        value_index = -1
        for index, line in enumerate(pieces):
            found = self.read(line)
            if found is None:
                if index != value_index:
                    other_lines.append(line)
                    values.note_other_line(line)
                continue
            value = found.value
            if not value:
                value_index = self._next_value(pieces, index, found.key)
                value = pieces[value_index].strip() if value_index > 0 else ""
            if not _PLACEHOLDER.fullmatch(value):
                values.add(found.key, value[:VALUE_CHARACTERS_MAX].strip())
                label_languages.append(found.languages)
        language = self._language(label_languages)
        return Answers(values.answers(), language, other_lines, values.several)

    def read(self, line: str) -> Labelled | None:
        """Return the label that the line begins with, and its value; None if it has no label."""
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

    def _before_separator(self, line: str) -> Labelled | None:
        # A colon in a remark, as in `NIK (KTP: 16 digit)`, separates nothing.
        masked = _REMARK.sub(lambda remark: "\0" * len(remark[0]), line)
        for count, separator in enumerate(_SEPARATOR.finditer(masked)):
            known = self._look_up(masked[: separator.start()])
            if known or count >= _SEPARATORS_MAX:
                value = _LINK.sub("", line[separator.end() :]).strip().strip(" \t_")
                cell, tab, _ = value.partition("\t")
                head_row = tab and self._look_up(cell)  # of a table, with its values below
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

    def _look_up(self, label: str) -> tuple[str, frozenset[str]] | None:
        label = label.replace("\0", " ")
        if len(label) > LINE_CHARACTERS_MAX:
            return None
        words = _NON_WORD.sub(" ", label).strip().lower()
        key = self._key_of.get(words)
        return (key, self._languages[words]) if key else None

    def _next_value(self, lines: Sequence[str], index: int, key: str) -> int:
        """Return the index of the line that holds the label's value, or -1."""
        following = range(index + 1, len(lines))
        value_index = next((at for at in following if lines[at].strip()), -1)
        if value_index < 0:
            return -1
        line = lines[value_index].strip()
        if self.read(line) or _ANY_LABEL.match(line) or self.is_courtesy(line):
            return -1
        numbered = any(letter.isdigit() for letter in line)
        return value_index if numbered == (key in NUMBERS) else -1

    def _split_line(self, line: str) -> list[str]:
        """Split `NIK: 3204…, Nama: Siti` before each label that we know."""
        line = line[:LINE_CHARACTERS_MAX]
        pieces, start = [], 0
        for gap in _NEXT_LABEL.finditer(line):
            if self._before_separator(line[gap.end() : gap.end() + _LABEL_CHARACTERS_MAX + 1]):
                pieces.append(line[start : gap.start()])
                start = gap.end()
        return [*pieces, line[start:]]

    def _language(self, label_languages: Sequence[frozenset[str]]) -> str:
        """Return the one language that all labels share, if it is not the campaign's own."""
        foreign = [names for names in label_languages if self._own_language not in names]
        shared = frozenset.intersection(*label_languages) if label_languages else frozenset()
        return min(shared) if len(shared) == 1 and len(foreign) >= ANSWERS_FOREIGN_MIN else ""


def _beginning_with(phrases: Sequence[str], *, after: str = "") -> re.Pattern[str]:
    """Return a pattern that matches one of the phrases; a final `*` stands for any word ending."""
    patterns = []
    for phrase in phrases:
        words = r"\ *+".join(map(re.escape, phrase.rstrip("*").split()))
        patterns.append(words + (r"\w*+" if phrase.endswith("*") else ""))
    any_of = "|".join(patterns) or "(?!)"
    return re.compile(rf"(?:{any_of})\b{after}", re.IGNORECASE)


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0
