"""Read a person from one line: `DAFTAR nik#name#profession`, `1. Siti, 3204…, perawat`, prose.

A part between separators is known by what it is: a NIK, a phone, the name of a profession, a
degree, an answer with its label. The one part that is left is the name, if words such as `saya`
introduce it, or if the line is one of a list.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from channels.email.items import Person
from channels.email.labels import LINE_CHARACTERS_MAX, Labels
from channels.email.persons import NAME, NIK, PHONE, PROFESSION
from core.conversation.keywords import Keywords
from core.fields.choice import fold
from core.fields.name_matching import fold_name

PARTS_MIN: Final = 2
PARTS_MAX: Final = 12
ORDER: Final = (NIK, NAME, PROFESSION, PHONE)  # of `DAFTAR nik#name#profession`
LIST_MIN: Final = 2  # lines of one shape are a list
NAME_WORDS_MAX: Final = 7
NIK_WORDS_MAX: Final = 5  # around a NIK: `NIK saya`

_NIK = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){15}(?![0-9])")
_PHONE = re.compile(r"(?:\+|\(?0|62)[0-9 ().-]{8,20}")
_NUMBER = re.compile(r"\s*(?:[-•*]|\(?[0-9]{1,3}[.)])\s+")
_SEPARATOR = re.compile(r"[,;|/#\t]|\s[-\u2013\u2014]\s|\s{2,}")
_NAME = re.compile(r"[^\W\d_][^\d_:=@?!]{1,60}")
_ASKED = re.compile(r"[\W_]+")


class _Line(NamedTuple):
    """What one line holds; `name` is a name only in a list."""

    values: dict[str, str]
    name: str
    numbered: bool

    @property
    def shape(self) -> frozenset[str]:
        return frozenset(self.values)


def find_nik(text: str) -> str:
    """Return the one number of 16 digits in the text, or "" if there is none, or another."""
    found = {match[0] for match in _NIK.finditer(text[:LINE_CHARACTERS_MAX])}
    return found.pop() if len(found) == 1 else ""


class ListedLines:
    """Reads lines of one person each, with the words of every offered language."""

    def __init__(self, labels: Labels, keywords: Keywords) -> None:
        self._labels, self._keywords = labels, keywords

    def read_all(self, elements: Sequence[str | Person]) -> Iterator[str | Person]:
        """Yield each person in the place of its line, and everything else."""
        found = {
            at: line
            for at, element in enumerate(elements)
            if isinstance(element, str) and (line := self._read(element))
        }
        shapes = Counter(line.shape for line in found.values() if line.name)
        for at, element in enumerate(elements):
            if at not in found:
                yield element
                continue
            values, name, numbered = found[at]
            listed = numbered or shapes[found[at].shape] >= LIST_MIN
            yield Person({**values, NAME: name} if name and listed else values)

    def read_command(self, line: str) -> Person | None:
        """Return the person of `DAFTAR nik#name#profession`; None for any other line."""
        parts = self._keywords.one_line(line[:LINE_CHARACTERS_MAX]) or ()
        nik = find_nik(parts[0]) if parts else ""
        if not nik:
            return None
        if len(parts) >= PARTS_MIN:
            return Person({key: part for key, part in zip(ORDER, parts, strict=False) if part})
        name, _, profession = " ".join(parts[0].partition(nik)[2].split()).rpartition(" ")
        if not name or fold(profession) not in self._keywords.professions:
            return Person({NIK: nik})
        return Person({NIK: nik, NAME: name.strip(" ,;"), PROFESSION: profession})

    def _read(self, line: str) -> _Line | None:
        if command := self.read_command(line):
            return _Line(dict(command.values), "", numbered=True)
        if len(line) > LINE_CHARACTERS_MAX or not find_nik(line):
            return None
        number = _NUMBER.match(line)
        parts = [
            part.strip(" .") for part in _SEPARATOR.split(line[number.end() if number else 0 :])
        ]
        parts = [part for part in parts if part]
        labelled = [one for part in parts if (one := self._labels.read(part))]
        if not PARTS_MIN <= len(parts) <= PARTS_MAX or len(labelled) == len(parts):
            return None
        if not all(one.value for one in labelled):  # `NIK    : 3204…`
            return None
        return self._classify(parts, numbered=number is not None)

    def _classify(self, parts: Sequence[str], *, numbered: bool) -> _Line | None:
        found = [(part, *self._recognise(part)) for part in parts]
        values = _values((key, value) for _, key, value in found if value)
        if values is None or NIK not in values:
            return None
        unknown = _with_degrees([(part, key) for part, key, value in found if not value])
        introduced = [name for one in unknown if (name := self._labels.without_introduction(one))]
        if NAME not in values and len(introduced) == 1 and _is_name(introduced[0]):
            values[NAME] = introduced[0]
        sole = unknown[0] if len(unknown) == 1 and NAME not in values else ""
        return _Line(values, sole if _is_name(sole) else "", numbered)

    def _recognise(self, part: str) -> tuple[str, str]:
        """Return the question that a part answers, and its answer; a degree is a NAME without."""
        if (labelled := self._labels.read(part)) and labelled.value:
            return labelled.key, labelled.value
        if nik := find_nik(part):
            words = _ASKED.sub(" ", part.replace(nik, " ")).split()[:NIK_WORDS_MAX]
            asked = {known[0] for word in words if (known := self._labels.look_up(word))}
            return (NIK, nik) if not words or asked == {NIK} else ("", "")
        if _PHONE.fullmatch(part):
            return PHONE, part
        if fold(part) in self._keywords.professions and not part.isdigit():
            return PROFESSION, part
        return (NAME, "") if _is_degree(part) else ("", "")


def _values(found: Iterable[tuple[str, str]]) -> dict[str, str] | None:
    """Return the answers by question; None if one has two."""
    values: dict[str, str] = {}
    for key, value in found:
        before = values.setdefault(key, value)
        if before == value:
            continue
        if key != PROFESSION or not (_is_degree(value) or _is_degree(before)):
            return None
        values[key] = before if _is_degree(value) else value  # `Ns`, behind a nurse's name
    return values


def _with_degrees(unknown: Iterable[tuple[str, str]]) -> list[str]:
    """Return the parts that are not known, each with the degrees behind it."""
    parts: list[str] = []
    for part, key in unknown:
        if not key:
            parts.append(part)
        elif parts:
            parts[-1] = f"{parts[-1]}, {part}"
    return parts


def _is_degree(text: str) -> bool:
    return fold_name(f"x {text}") == "x"


def _is_name(text: str) -> bool:
    return bool(_NAME.fullmatch(text)) and len(text.split()) <= NAME_WORDS_MAX
