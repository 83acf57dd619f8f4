"""The head row of a table: labels that we know, and where they stand.

Cells stand between tabs (as those of HTML do), pipes, semicolons, commas, or two blanks and more.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from channels.email.labels import CELLS_MAX, Labels
from channels.email.persons import NAME, NIK, PROFESSION

KNOWN_MIN: Final = 2  # labels of a head row
DIGITS_MIN: Final = 6  # of a number

NUMBER = re.compile(f"[0-9]{{{DIGITS_MIN}}}")  # which no label holds
_BLANKS = re.compile(r"\s{2,}")


Known = tuple[str, str, frozenset[str]]  # a label: its question, the label, its languages


class Cell(NamedTuple):
    """The text of a cell, and how many characters of its line stand before it."""

    start: int  # 0 where something else than blanks parts the cells
    text: str


class Head(NamedTuple):
    """The labels of a table, by column; `split` parts its rows.

    `keys` holds the columns that are read; a later one overrides those before. `others` are the
    columns of numbers that are no NIK: a licence, a family card.
    """

    split: Callable[[str], list[Cell]]
    cells: Sequence[Cell]
    keys: Mapping[int, str]
    languages: Mapping[str, frozenset[str]]
    others: frozenset[int]
    by_place: bool  # rows of fewer cells are read by where these stand
    by_pipes: bool

    def column_at(self, start: int) -> int:
        """Return the column that begins nearest to this place."""
        return min(range(len(self.cells)), key=lambda at: abs(self.cells[at].start - start))


def read_head(line: str, labels: Labels) -> Head | None:
    """Return the head if the line is one."""
    if NUMBER.search(line):
        return None
    for delimiter, split in _SPLITS.items():
        cells = split(line) if delimiter in line else []
        if not KNOWN_MIN <= len(cells) <= CELLS_MAX:
            continue
        found = {
            at: known for at, cell in enumerate(cells) if (known := labels.look_up(cell.text))
        }
        if len(found) < KNOWN_MIN:
            continue
        keys = _columns(found, labels)
        if {NIK, NAME} & set(keys.values()):
            languages = {key: known for key, _, known in found.values()}
            others = _other_numbers(cells, found, labels)
            ways = (split is _by_blanks, delimiter == "|")
            return Head(split, cells, keys, languages, others, *ways)
    return None


def _columns(known: Mapping[int, Known], labels: Labels) -> dict[int, str]:
    """Return the question of each column, the best of two professions last; two NIKs are nobody's.

    So where a row has both `Profesi` and `Jabatan`, the former is the profession.
    """
    keys = [key for key, _, _ in known.values()]
    sure = [at for at, (key, _, _) in known.items() if key == PROFESSION or keys.count(key) == 1]
    sure.sort(key=lambda at: labels.rank(known[at][1]), reverse=True)
    return {at: known[at][0] for at in sure}


def _other_numbers(
    cells: Sequence[Cell], known: Mapping[int, Known], labels: Labels
) -> frozenset[int]:
    return frozenset(
        at
        for at, cell in enumerate(cells)
        if at not in known and labels.asks_other_number(cell.text)
    )


def _splitter(delimiter: str) -> Callable[[str], list[Cell]]:
    def split(line: str) -> list[Cell]:
        inner = line.strip().strip("|") if delimiter == "|" else line.rstrip()
        parts = inner.split(delimiter, CELLS_MAX)
        return [Cell(0, part.strip()) for part in parts]

    return split


def _by_blanks(line: str) -> list[Cell]:
    cells, start = [], len(line) - len(line.lstrip())
    for gap in _BLANKS.finditer(line.rstrip(), start):
        cells.append(Cell(start, line[start : gap.start()]))
        start = gap.end()
    return [*cells, Cell(start, line[start:].rstrip())][: CELLS_MAX + 1]


_SPLITS: Final[Mapping[str, Callable[[str], list[Cell]]]] = {
    **{delimiter: _splitter(delimiter) for delimiter in ("\t", "|", ";", ",")},
    "  ": _by_blanks,
}
