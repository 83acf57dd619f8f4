"""Read tables: a row of labels that we know, and below it one person a row.

Cells stand between tabs (as those of HTML do), pipes, semicolons, commas, or two blanks and more.
A row whose cells do not fit its head gives the NIK alone, if it has one.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from channels.email.items import Person
from channels.email.labels import CELLS_MAX, VALUE_CHARACTERS_MAX, Labels
from channels.email.listed_lines import find_nik
from channels.email.persons import NAME, NIK, PHONE, PROFESSION

KNOWN_MIN: Final = 2  # labels of a head row
DIGITS_MIN: Final = 6  # of a number

_RULE = re.compile(r"[\s|+:=_-]*")
_NUMBER = re.compile(f"[0-9]{{{DIGITS_MIN}}}")  # which no label holds
_BLANKS = re.compile(r"\s{2,}")
_OFFICIAL_NUMBER = re.compile(r"\bNIP\b")  # below the name of a civil servant, in its cell
_PLACEHOLDER = re.compile(r"[\W_]*")


class _Cell(NamedTuple):
    start: int  # in characters from the line's begin
    text: str


class _Head(NamedTuple):
    """The labels of a table, by column; `split` parts its rows."""

    split: Callable[[str], list[_Cell]]
    cells: Sequence[_Cell]
    keys: Mapping[int, str]
    languages: Mapping[str, frozenset[str]]
    by_place: bool  # rows of fewer cells are read by where these stand


def read_tables(lines: Sequence[str], labels: Labels) -> Iterator[str | Person]:
    """Yield each person of a table in the place of its row, and the other lines."""
    head: _Head | None = None
    held: list[str] = []  # the head row, and what is blank: no table without a row
    for line in lines:
        if head is not None and _RULE.fullmatch(line):
            held.append(line)
            continue
        new = _read_head(line, labels)
        if new is not None:
            if head is None or new.keys != head.keys:
                yield from held
                head, held = new, [line]
            continue
        person = _read_row(line, head) if head and not labels.is_total(line) else None
        held = held if person is None else []
        if person is None:
            yield from held
            head, held = head if labels.is_total(line) else None, []
        yield line if person is None else person
    yield from held


def _read_head(line: str, labels: Labels) -> _Head | None:
    if _NUMBER.search(line):
        return None
    splits = [split for delimiter, split in _SPLITS.items() if delimiter in line]
    for split in splits:
        cells = split(line)
        if not KNOWN_MIN <= len(cells) <= CELLS_MAX:
            continue
        found = {
            at: known for at, cell in enumerate(cells) if (known := labels.look_up(cell.text))
        }
        names = [key for key, _, _ in found.values()]
        keys = {at: key for at, (key, _, _) in found.items() if names.count(key) == 1}
        if len(found) >= KNOWN_MIN and {NIK, NAME} & set(keys.values()):
            languages = {key: known for key, _, known in found.values()}
            return _Head(split, cells, keys, languages, split is _by_blanks)
    return None


def _read_row(line: str, head: _Head) -> Person | None:
    """Return the person of a row; None if it is no row of this table."""
    cells = head.split(line)
    if len(cells) < KNOWN_MIN:
        return None
    values = {} if len(cells) > len(head.cells) else _by_column(cells, head)
    if not values or not all(_FITS[key](text) for key, text in values.items()):
        nik = find_nik(line) if NIK in head.keys.values() else ""
        values = {NIK: nik} if nik else {}
    return Person(values, sealed=True, languages=head.languages) if values else None


def _by_column(cells: Sequence[_Cell], head: _Head) -> dict[str, str]:
    columns = list(range(len(cells)))
    if head.by_place and len(cells) < len(head.cells):
        starts = [cell.start for cell in head.cells]
        columns = [
            min(range(len(starts)), key=lambda at: abs(starts[at] - cell.start)) for cell in cells
        ]
        if len(set(columns)) < len(columns):
            return {}
    found = {
        head.keys[at]: cell.text
        for at, cell in zip(columns, cells, strict=True)
        if at in head.keys and not _PLACEHOLDER.fullmatch(cell.text)
    }
    if NAME in found:
        found[NAME] = _OFFICIAL_NUMBER.split(found[NAME], 1)[0].strip(" /(-")
    if not _digits(found.get(PHONE, "")):
        found.pop(PHONE, None)  # `tidak punya`
    return found


def _splitter(delimiter: str) -> Callable[[str], list[_Cell]]:
    def split(line: str) -> list[_Cell]:
        inner = line.strip().strip("|") if delimiter == "|" else line.rstrip()
        parts = inner.split(delimiter, CELLS_MAX)
        return [_Cell(0, part.strip()) for part in parts]

    return split


def _by_blanks(line: str) -> list[_Cell]:
    cells, start = [], len(line) - len(line.lstrip())
    for gap in _BLANKS.finditer(line.rstrip(), start):
        cells.append(_Cell(start, line[start : gap.start()]))
        start = gap.end()
    return [*cells, _Cell(start, line[start:].rstrip())][: CELLS_MAX + 1]


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


_SPLITS: Final[Mapping[str, Callable[[str], list[_Cell]]]] = {
    **{delimiter: _splitter(delimiter) for delimiter in ("\t", "|", ";", ",")},
    "  ": _by_blanks,
}
_FITS: Final[Mapping[str, Callable[[str], bool]]] = {
    NIK: lambda text: _digits(text) >= DIGITS_MIN and _letters(text) <= len(NIK),
    NAME: lambda text: not _digits(text) and len(text) <= VALUE_CHARACTERS_MAX,
    PROFESSION: lambda text: _digits(text) < DIGITS_MIN,
    PHONE: lambda text: _digits(text) >= DIGITS_MIN and _letters(text) <= len(PHONE),
}
