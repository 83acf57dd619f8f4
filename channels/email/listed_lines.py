"""Read a person from one line: `DAFTAR nik#name#profession`, `1. Siti, 3204…, perawat`, prose.

A part between separators is known by what it is: a NIK, a phone, the name of a profession, a
degree, an answer with its label. The one part that is left is the name, if words such as `saya`
introduce it, or if the line is one of a list.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from channels.email.items import Person
from channels.email.labels import LINE_CHARACTERS_MAX, Labels
from channels.email.persons import NAME, NIK, PHONE, PROFESSION
from core.conversation.keywords import Keywords
from core.fields.choice import fold
from core.fields.name_matching import fold_name
from core.messages import MISFIT

PARTS_MIN: Final = 2
PARTS_MAX: Final = 12
ORDER: Final = (NIK, NAME, PROFESSION, PHONE)  # of `DAFTAR nik#name#profession`
LIST_MIN: Final = 2  # lines of one shape are a list
CELLS: Final = ";\t|"  # what stands between the cells of a row
NAME_WORDS_MAX: Final = 7
NIK_WORDS_MAX: Final = 5  # around a NIK: `NIK saya`

_NIK = re.compile(r"(?<![0-9])[0-9](?:[ .-]?[0-9]){15}(?![0-9])")
_PHONE = re.compile(r"(?:\+|\(?0|62)[0-9 ().-]{8,20}")
_NUMBERS = re.compile(
    rf"({_NIK.pattern}|(?<![0-9+])(?:\+62|62|0)[ -]?8[0-9](?:[ .-]?[0-9]){{6,10}}(?![0-9]))"
)
_ORDINAL = re.compile(r"\A[0-9]{1,3}\s++(?=[^\W\d])")
_NUMBER = re.compile(r"\s*(?:[-•*]|\(?[0-9]{1,3}[.)])\s+")
_SEPARATOR = re.compile(r"[,;|/#\t]|\s[-\u2013\u2014]\s|\s{2,}")
_NAME = re.compile(r"[^\W\d_][^\d_:=@?!]{1,60}")
_COLONS: Final = (":", "=", "\uff1a")
_COLON = re.compile(r"[:=\uff1a]")
_MARKS: Final = " .,:;()-"
_ASKED = re.compile(r"[\W_]+")


class _Line(NamedTuple):
    """What one line holds; `name` is a name only in a list.

    `by_blanks`: nothing but blanks parts it, and all of it counts only in a list. `by_cells`: it
    is the row of a table, whose head stands elsewhere. `unclear`: more than the name is left.
    """

    values: dict[str, str]
    name: str
    numbered: bool = False
    by_blanks: bool = False
    by_cells: bool = False
    unclear: bool = False

    @property
    def shape(self) -> frozenset[str]:
        return frozenset(self.values)


def find_niks(text: str) -> set[str]:
    """Return the numbers of 16 digits in the text, as they are written."""
    return {match[0] for match in _NIK.finditer(text[:LINE_CHARACTERS_MAX])}


def find_nik(text: str) -> str:
    """Return the one number of 16 digits in the text, or "" if there is none, or another."""
    found = find_niks(text)
    return found.pop() if len(found) == 1 else ""


class ListedLines:
    """Reads lines of one person each, with the words of every offered language."""

    def __init__(self, labels: Labels, keywords: Keywords) -> None:
        self._labels, self._keywords = labels, keywords

    def read_all(
        self, elements: Sequence[str | Person], *, by_blanks: bool = True
    ) -> Iterator[str | Person]:
        """Yield each person in the place of its line, and everything else.

        `by_blanks`: blanks alone, and lines, may part a person's answers.
        """
        elements = self._join_paragraphs(elements) if by_blanks else elements
        found = {
            at: line
            for at, element in enumerate(elements)
            if isinstance(element, str) and (line := self._read(element, by_blanks=by_blanks))
        }
        shapes = Counter(line.shape for line in found.values() if line.name)
        for at, element in enumerate(elements):
            line = found.get(at)
            listed = line and (line.numbered or line.by_cells or shapes[line.shape] >= LIST_MIN)
            if line is None or (line.by_blanks and not (line.name and listed)):
                yield element
            elif line.name and listed:
                yield Person({**line.values, NAME: line.name})
            elif line.unclear and len(found) >= LIST_MIN:
                yield Person({**line.values, MISFIT: MISFIT})
            else:
                yield Person(line.values)

    def _join_paragraphs(self, elements: Sequence[str | Person]) -> Sequence[str | Person]:
        """Return the elements with each paragraph of bare answers as a person, if all are alike.

        The name stands above the NIK in each, so that none can be torn from the next.
        """
        if sum(isinstance(one, str) and bool(find_niks(one)) for one in elements) < LIST_MIN:
            return elements
        joined: list[str | Person] = []
        people = 0
        for has_text, group in groupby(elements, _has_text):
            paragraph = list(group)
            niks = [one for one in paragraph if isinstance(one, str) and find_niks(one)]
            person = self._read_paragraph([str(one) for one in paragraph]) if niks else None
            if has_text and niks and person is None:
                return elements
            people += person is not None
            joined += paragraph if person is None else [person]
        return joined if people >= LIST_MIN else elements

    def _read_paragraph(self, lines: Sequence[str]) -> Person | None:
        """Return the person of lines that are one answer each, the name above the NIK."""
        if not PARTS_MIN <= len(lines) <= len(ORDER) or any(map(self._labels.is_courtesy, lines)):
            return None
        first = _NUMBER.match(lines[0])
        parts = [lines[0][first.end() if first else 0 :].strip(), *map(str.strip, lines[1:])]
        found = self._classify(parts)
        if not found or not found.name or len(found.values) + 1 < len(parts):
            return None
        above = parts[: next(at for at, part in enumerate(parts) if find_niks(part))]
        return Person({NAME: found.name, **found.values}) if found.name in above else None

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

    def _read(self, line: str, *, by_blanks: bool) -> _Line | None:
        if command := self.read_command(line):
            return _Line(dict(command.values), "", numbered=True)
        if len(line) > LINE_CHARACTERS_MAX or not find_niks(line):
            return None
        number = _NUMBER.match(line)
        written = line[number.end() if number else 0 :]
        parts = [part.strip(" .") for part in _SEPARATOR.split(written)]
        if any(part[:1] in _COLONS for part in parts if part):
            return None  # the number of a label that we don't know: `NIK suami   : 3204…`
        parts = [part for part in parts if part]
        by_blanks = by_blanks and len(parts) < PARTS_MIN and not _COLON.search(line)
        if by_blanks:
            parts = self._part_at_numbers(parts)
        labelled = [one for part in parts if (one := self._labels.read(part))]
        if not PARTS_MIN <= len(parts) <= PARTS_MAX or len(labelled) == len(parts):
            return None
        if not all(one.value for one in labelled):  # `NIK    : 3204…`
            return None
        found = self._classify(parts)
        if found is None or (by_blanks and self._is_job(found.name)):
            return None
        by_cells = bool(found.shape & {PROFESSION, PHONE}) and _has_cells(written)
        return found._replace(numbered=number is not None, by_blanks=by_blanks, by_cells=by_cells)

    def _part_at_numbers(self, texts: Iterable[str]) -> list[str]:
        """Part a line of blanks alone before and behind its numbers, and before a profession."""
        parts: list[str] = []
        for text in texts:
            for piece in _NUMBERS.split(_ORDINAL.sub("", text, count=1)):
                words = piece.strip(_MARKS).split()
                tail = words[-1:]
                if tail and self._labels.asks_other_number(tail[0]):
                    del words[-1]
                else:
                    tail = []
                jobs = (at for at, word in enumerate(words) if at and self._is_job(word))
                job = next(jobs, len(words))
                parts += [" ".join(words[:job]), " ".join(words[job:]), *tail]
        return [part for part in map(self._without_label, parts) if part]

    def _without_label(self, part: str) -> str:
        """Return the part without the label of the number behind it: `Siti NIK`."""
        words = part.split()
        lengths = (count for count in (3, 2, 1) if self._labels.look_up(" ".join(words[-count:])))
        return " ".join(words[: len(words) - next(lengths, 0)]).strip(_MARKS)

    def _is_job(self, text: str) -> bool:
        """Return True if the text begins with the name of a profession."""
        first = fold("".join(text.split()[:1]).strip(_MARKS))
        return first in self._keywords.professions and not _is_degree(first)

    def _classify(self, parts: Sequence[str]) -> _Line | None:
        above = ("", *parts)
        found = [
            (part, "", "") if self._is_label(label) else (part, *self._recognise(part))
            for label, part in zip(above, parts, strict=False)
        ]
        values = _values((key, value) for _, key, value in found if value)
        if values is None or NIK not in values:
            return None
        unknown = _with_degrees(
            (part, key) for part, key, value in found if not value and not _NUMBERS.search(part)
        )
        jobs = [one for one in unknown if self._is_job(one)]
        if len(jobs) == 1 < len(unknown) and PROFESSION not in values:
            values[PROFESSION] = jobs[0]
            unknown.remove(jobs[0])
        introduced = [name for one in unknown if (name := self._labels.without_introduction(one))]
        if NAME not in values and len(introduced) == 1 and _is_name(introduced[0]):
            values[NAME] = introduced[0]
        sole = unknown[0] if len(unknown) == 1 and NAME not in values else ""
        unclear = len(unknown) > 1 and NAME not in values
        return _Line(values, sole if _is_name(sole) else "", unclear=unclear)

    def _is_label(self, part: str) -> bool:
        """Return True if what follows the part answers another question: `No. KK`, `NIK suami`."""
        if any(map(str.isdigit, part)):
            return False  # it has its value
        first = self._labels.look_up("".join(part.split()[:1]))
        of_another = first is not None and first[0] == NIK and not self._labels.read(part)
        return of_another or self._labels.asks_other_number(part)

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


def _has_cells(line: str) -> bool:
    """Return True if the line is parted as the rows of tables are."""
    return any(line.count(delimiter) >= PARTS_MIN for delimiter in CELLS)


def _has_text(element: str | Person) -> bool:
    return isinstance(element, str) and bool(element.strip())


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
