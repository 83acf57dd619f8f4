"""Read tables: a row of labels that we know, and below it one person a row.

A row whose cells do not fit its head is a `MISFIT`: which of its numbers is the NIK is in doubt.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from channels.email.items import Person
from channels.email.labels import VALUE_CHARACTERS_MAX, Labels
from channels.email.listed_lines import find_nik, find_niks
from channels.email.persons import NAME, NIK, PHONE, PROFESSION
from channels.email.table_heads import DIGITS_MIN, KNOWN_MIN, Cell, Head, read_head
from channels.email.wrapped_rows import Wrap, read_wrap
from core.messages import MISFIT

CELLS_AGAIN_MIN: Final = 3  # of a row below a line that is none

_RULE = re.compile(r"[\s|+:=_-]*")
_OFFICIAL_NUMBER = re.compile(r"\bNIP\b")  # below the name of a civil servant, in its cell
_PLACEHOLDER = re.compile(r"[\W_]*")


def read_tables(lines: Sequence[str], labels: Labels) -> list[str | Person]:
    """Return each person of a table in the place of its row, and the other lines."""
    tables = _Tables(labels)
    for line, below in zip(lines, [*lines[1:], ""], strict=False):
        tables.add(line, below)
    return [*tables.read, *tables.held]


@dataclass(slots=True)
class _Tables:
    """What was read so far; `held` are the head row and what is blank: no table without a row.

    `above` is the row that ends in the line before; `interrupted`: a line that is no row stands
    between the table and the next line.
    """

    labels: Labels
    read: list[str | Person] = field(default_factory=list[str | Person])
    held: list[str] = field(default_factory=list[str])
    head: Head | None = None
    above: str = ""
    interrupted: bool = False

    def add(self, line: str, below: str) -> None:
        """Read a line; `below` is the next one."""
        if self.head is not None and _RULE.fullmatch(line):
            self.held.append(line)
            self.above = ""
        elif (head := read_head(line, self.labels)) is not None:
            self._begin(head, line)
        elif self.head is not None and self.above and self._joins(line, below, self.head):
            return
        else:
            self._add_row(line)

    def _begin(self, head: Head, line: str) -> None:
        self.above = ""
        if self.head is None or self.interrupted or head.keys != self.head.keys:
            self.read += self.held
            self.head, self.held, self.interrupted = head, [line], False

    def _joins(self, line: str, below: str, head: Head) -> bool:
        """Return True if the line goes on with the row above, and is read with it."""
        person = self.read[-1]
        assert isinstance(person, Person)
        followed = _read_row(below, head) is not None if find_niks(below) else False
        wrap, texts = read_wrap(line, self.above, head, self.labels, followed=followed)
        if wrap is Wrap.NONE:
            return False
        self.read[-1] = _misfit(self.above, head) if wrap is Wrap.DOUBT else _join(person, texts)
        return wrap is Wrap.REST

    def _add_row(self, line: str) -> None:
        is_total = self.labels.is_total(line)
        person = None
        if self.head is not None and not is_total and self._may_be_row(line, self.head):
            person = _read_row(line, self.head)
        if person is None:
            self.read += self.held
            self.interrupted = self.interrupted or not is_total
        self.held, self.above = [], line if person else ""
        self.read.append(line if person is None else person)

    def _may_be_row(self, line: str, head: Head) -> bool:
        """Return True unless a line that is no row stands above, and this one is not alike."""
        count = len(head.cells)
        alike = count >= CELLS_AGAIN_MIN and bool(find_niks(line))
        return not self.interrupted or (alike and len(head.split(line)) == count)


def _read_row(line: str, head: Head) -> Person | None:
    """Return the person of a row; None if it is no row of this table."""
    cells = head.split(line)
    if len(cells) < KNOWN_MIN:
        return None
    values = {} if len(cells) > len(head.cells) else _by_column(cells, head)
    if values and all(_FITS[key](text) for key, text in values.items()):
        return Person(values, sealed=True, languages=head.languages)
    return _misfit(line, head) if find_niks(line) else None


def _misfit(line: str, head: Head) -> Person:
    """Return a row that is not read; its NIK is shown where no other number can be meant."""
    nik = find_nik(line) if NIK in head.keys.values() and not head.others else ""
    found = {NIK: nik} if nik else {}
    return Person({**found, MISFIT: MISFIT}, sealed=True, languages=head.languages)


def _join(person: Person, texts: Mapping[str, str]) -> Person:
    """Return the person with the rest of the cells that go on in the next line."""
    if MISFIT in person.values:
        return person
    joined = {key: f"{person.values.get(key, '')} {text}".strip() for key, text in texts.items()}
    return person._replace(values={**person.values, **joined})


def _by_column(cells: Sequence[Cell], head: Head) -> dict[str, str]:
    columns = list(range(len(cells)))
    if head.by_place and len(cells) < len(head.cells):
        columns = [head.column_at(cell.start) for cell in cells]
        if len(set(columns)) < len(columns):
            return {}
    placed = {
        at: cell.text
        for at, cell in zip(columns, cells, strict=True)
        if not _PLACEHOLDER.fullmatch(cell.text)
    }
    if len(cells) < len(head.cells) and _lacks_number(placed, head):
        return {}  # a cell is missing: what stands under `NIK` may be the licence
    found = {key: placed[at] for at, key in head.keys.items() if at in placed}
    if NAME in found:
        found[NAME] = _OFFICIAL_NUMBER.split(found[NAME], 1)[0].strip(" /(-")
    if not _digits(found.get(PHONE, "")):
        found.pop(PHONE, None)  # `tidak punya`
    return found


def _lacks_number(placed: Mapping[int, str], head: Head) -> bool:
    """Return True if what stands where a licence should is no number."""
    return any(at in head.others and not _digits(text) for at, text in placed.items())


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


_FITS: Final[Mapping[str, Callable[[str], bool]]] = {
    NIK: lambda text: _digits(text) >= DIGITS_MIN and _letters(text) <= len(NIK),
    NAME: lambda text: not _digits(text) and len(text) <= VALUE_CHARACTERS_MAX,
    PROFESSION: lambda text: _digits(text) < DIGITS_MIN,
    PHONE: lambda text: _digits(text) >= DIGITS_MIN and _letters(text) <= len(PHONE),
}
