"""Find the answers in a letter: lines that begin with a label, in any order and language.

The labels and courtesies are words that people type; the catalogs list them.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final, NamedTuple

from channels.email.persons import NAME, NIK, NUMBERS, PHONE, PROFESSION, Given
from core.wording.typed import TypedWords

VALUE_CHARACTERS_MAX: Final = 200  # twice the longest name, and room for a choice copied whole
LINE_CHARACTERS_MAX: Final = 1_000
ANSWERS_FOREIGN_MIN: Final = 2  # one English word alone does not make an English letter
KEYS: Final = (NIK, NAME, PROFESSION, PHONE)
COURTESIES: Final = ("letter:courtesy", "letter:closing", "letter:thanks")


class Labelled(NamedTuple):
    """A line with a label that we know; `bare` if nothing parts the label from a value."""

    key: str
    languages: frozenset[str]
    value: str
    bare: bool = False


class Answers(NamedTuple):
    """What the letter answers, the language of its labels ("" if unsure), and the other lines.

    `several`: it may be about more than one person, and nobody knows which value is whose.
    """

    values: dict[str, str]
    language: str
    rest: list[str]
    several: bool = False


_LABEL_CHARACTERS_MAX = 40
LINES_MAX = 2_000  # that are looked at; who writes by hand writes a hundredth of it

# A hyphen, and the two dashes that mailers make of it; a colon, and that of East Asian keyboards.
_DASH, _COLON = "[-\u2013\u2014]", "[:=\uff1a\t]"
_BULLET = re.compile(rf"\s*(?:(?:{_DASH}|[•·>▪●◦|])\s*|\(?(?:[0-9]{{1,2}}|[A-Za-z])[.)]\s*)*")
_REMARK = re.compile(r"\([^()]*+\)")
_NO_WORD = re.compile(r"[\W_]+")
_NO_WORDS = re.compile(r"\W*+")
# Blanks before it are left to the label, so that no run of them is gone through twice.
_SEPARATOR = re.compile(rf"(?:{_COLON}\s*+)++|(?<=\s){_DASH}|{_DASH}(?=\s)")
_SEPARATORS_MAX = 6
_THEN_NUMBER = re.compile(r"[^0-9+]{2,40}?(?=[ .#-]\+?[0-9])")
_ANY_LABEL = re.compile(rf"[^\W\d][\w ./()'-]{{1,38}}?\s*{_COLON}")
_NEXT = re.compile(r"[,;|]\s*(?=[A-Za-z][A-Za-z ./]{1,38}[:=\uff1a])")
_PLACEHOLDER = re.compile(r"[\W_]*")
_LINK = re.compile(r"<(?:tel|mailto|https?):[^<>]{0,200}>", re.IGNORECASE)  # mailers add it


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
        self._own = typed.own
        self._languages = {label: frozenset(spoken) for label, spoken in languages.items()}
        courtesy, closing, thanks = (typed.words(key) for key in COURTESIES)
        self._courtesy = _beginning(courtesy)
        self._closing = _beginning(closing, after="(?!:)")
        self._thanks = _beginning(thanks)

    def read_all(self, lines: Iterable[str]) -> Answers:
        """Return the value given for each question; an empty one may stand on the next line."""
        split = list(islice((piece for line in lines for piece in self._split(line)), LINES_MAX))
        given = Given()
        spoken: list[frozenset[str]] = []
        rest: list[str] = []
        taken = -1
        for index, line in enumerate(split):
            found = self.read(line)
            if found is None:
                if index != taken:
                    rest.append(line)
                    given.pass_by(line)
                continue
            value = found.value
            if not value:
                taken = self._next_value(split, index, found.key)
                value = split[taken].strip() if taken > 0 else ""
            if not _PLACEHOLDER.fullmatch(value):
                given.take(found.key, value[:VALUE_CHARACTERS_MAX].strip())
                spoken.append(found.languages)
        return Answers(given.answers(), self._language(spoken), rest, given.several)

    def read(self, line: str) -> Labelled | None:
        """Return the label that the line begins with, and its value; None if there is none."""
        line = line[:LINE_CHARACTERS_MAX].replace("*", "")
        line = line[_end(_BULLET.match(line)) :].strip()
        return self._separated(line) or self._before_number(line) or self._alone(line)

    def is_courtesy(self, line: str) -> bool:
        """Say whether the line greets or thanks, and answers nothing."""
        return bool(self._courtesy.match(line.strip()))

    def is_closing(self, line: str) -> bool:
        """Say whether a signature follows this line."""
        return bool(self._closing.match(line[_end(_NO_WORDS.match(line)) :]))

    def is_thanks(self, line: str) -> bool:
        """Say whether the line thanks, as people do at the end."""
        return bool(self._thanks.match(line[_end(_NO_WORDS.match(line)) :]))

    def _separated(self, line: str) -> Labelled | None:
        bare = _REMARK.sub(lambda remark: "\0" * len(remark[0]), line)  # its colons part nothing
        for count, separator in enumerate(_SEPARATOR.finditer(bare)):
            known = self._known(bare[: separator.start()])
            if known or count >= _SEPARATORS_MAX:
                value = _LINK.sub("", line[separator.end() :]).strip().strip(" \t_")
                cell, tab, _ = value.partition("\t")
                head_row = tab and self._known(cell)  # of a table: its values stand below
                return Labelled(*known, value) if known and not head_row else None
        return None

    def _before_number(self, line: str) -> Labelled | None:
        """Take `NIK 3204…` without any separator."""
        label = _THEN_NUMBER.match(line)
        known = self._known(label[0]) if label else None
        if label and known and known[0] in NUMBERS:
            return Labelled(*known, line[label.end() :].strip(" .#-"))
        return None

    def _alone(self, line: str) -> Labelled | None:
        """Take a line that is a label and nothing else, as cells of a table are."""
        known = self._known(line) if "(" not in line else None
        return Labelled(*known, "", bare=True) if known else None

    def _known(self, label: str) -> tuple[str, frozenset[str]] | None:
        label = label.replace("\0", " ")
        if len(label) > LINE_CHARACTERS_MAX:
            return None
        words = _NO_WORD.sub(" ", label).strip().lower()
        key = self._key_of.get(words)
        return (key, self._languages[words]) if key else None

    def _next_value(self, lines: Sequence[str], index: int, key: str) -> int:
        """Return where the value of a bare label stands, or -1: no line that looks amiss."""
        following = range(index + 1, len(lines))
        place = next((at for at in following if lines[at].strip()), -1)
        if place < 0:
            return -1
        line = lines[place].strip()
        if self.read(line) or _ANY_LABEL.match(line) or self.is_courtesy(line):
            return -1
        numbered = any(letter.isdigit() for letter in line)
        return place if numbered == (key in NUMBERS) else -1

    def _split(self, line: str) -> list[str]:
        """Part `NIK: 3204…, Nama: Siti` where a label that we know follows."""
        line = line[:LINE_CHARACTERS_MAX]
        pieces, began = [], 0
        for gap in _NEXT.finditer(line):
            if self._separated(line[gap.end() : gap.end() + _LABEL_CHARACTERS_MAX + 1]):
                pieces.append(line[began : gap.start()])
                began = gap.end()
        return [*pieces, line[began:]]

    def _language(self, spoken: Sequence[frozenset[str]]) -> str:
        """Return the one language that all labels are in, if that is not the campaign's own."""
        foreign = [languages for languages in spoken if self._own not in languages]
        shared = frozenset.intersection(*spoken) if spoken else frozenset()
        return min(shared) if len(shared) == 1 and len(foreign) >= ANSWERS_FOREIGN_MIN else ""


def _beginning(phrases: Sequence[str], *, after: str = "") -> re.Pattern[str]:
    """Return what matches a line that begins with a phrase; one on `*` with a longer word, too."""
    patterns = []
    for phrase in phrases:
        words = r"\ *+".join(map(re.escape, phrase.rstrip("*").split()))
        patterns.append(words + (r"\w*+" if phrase.endswith("*") else ""))
    any_of = "|".join(patterns) or "(?!)"
    return re.compile(rf"(?:{any_of})\b{after}", re.IGNORECASE)


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0
