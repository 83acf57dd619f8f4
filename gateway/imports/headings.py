"""Find the persons in a table: the row of headings, and the rows below it. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Self

from core.messages import ListedPerson
from core.wording.typed import TypedWords
from gateway.imports.sheets import HEAD_ROWS_MAX
from gateway.imports.tables import Table

KEYS: Final = ("nik", "full_name", "profession", "phone")
NEEDED: Final = ("nik", "full_name")  # each in one column, or the row is no row of headings
ROUNDED_ROWS_MIN: Final = 5  # NIKs that all end in 0 before a spreadsheet is blamed

HEADING_CHARACTERS_MAX: Final = 20  # of one that is told
HEADINGS_CHARACTERS_MAX: Final = 90

_NO_LETTERS = re.compile(r"[\W\d_]+")
_REMARK = re.compile(r"\([^()]*+\)")  # `NIK (16 digit)`
_NON_WORD = re.compile(r"[\W_]+")
_COUNTED = re.compile(r"\(?[0-9]{1,2}\)?")  # the numbers of columns, below their headings
_WHOLE_NIK = re.compile(r"[0-9]{15}0")

Columns = Mapping[str, int]


class Headings:
    """The headings of every offered language, in the order in which they are preferred."""

    def __init__(
        self, typed: TypedWords, keys: Sequence[str] = KEYS, needed: Sequence[str] = NEEDED
    ) -> None:
        self._needed = needed
        self._places = {
            key: {
                fold_heading(word): place
                for place, word in reversed(
                    list(enumerate((*typed.words(f"label:{key}"), *typed.words(f"heading:{key}"))))
                )
            }
            for key in keys
        }

    @property
    def places(self) -> Mapping[str, Mapping[str, int]]:
        """Return for each question its headings, with how much they are preferred."""
        return self._places

    @classmethod
    def of_places(cls, places: Mapping[str, Mapping[str, int]]) -> Self:
        """Return those with these `places`, in a process that has no catalogs."""
        made = cls.__new__(cls)
        made._needed = NEEDED  # noqa: SLF001 our own
        made._places = {key: dict(known) for key, known in places.items()}  # noqa: SLF001 our own
        return made

    def persons(self, table: Table, part: int) -> list[ListedPerson] | None:
        """Return the persons of the table; None if it has no row of headings."""
        for place, (_number, cells) in enumerate(table.rows[:HEAD_ROWS_MAX]):
            columns = self.columns(cells)
            if columns is not None:
                return self._below(table.rows[place + 1 :], columns, part)
        return None

    def find_list(self, table: Table, part: int) -> tuple[Table, list[ListedPerson]] | None:
        """Return the sheet that lists most people, the first of such, and these; None without one.

        Sheets of instructions stand before it, perhaps with an example.
        """
        found = [(sheet, self.persons(sheet, part)) for sheet in table.sheets]
        lists = [(sheet, persons) for sheet, persons in found if persons is not None]
        return max(lists, key=lambda one: len(one[1]), default=None)

    def nearest(self, table: Table) -> tuple[str, Sequence[str]]:
        """Return the row that is most like headings, to be shown, and the questions it lacks."""
        rows = [cells for _number, cells in table.rows[:HEAD_ROWS_MAX]]
        lacking = [self._lacking(cells) for cells in rows] or [self._needed]
        place = min(range(len(lacking)), key=lambda at: len(lacking[at]))
        return shown(rows[place]) if rows else "", lacking[place]

    def _lacking(self, cells: Sequence[str]) -> Sequence[str]:
        folded = [fold_heading(cell) for cell in cells]
        return [
            key for key in self._needed if sum(name in self._places[key] for name in folded) != 1
        ]

    def columns(self, cells: Sequence[str]) -> Columns | None:
        """Return the column of each question, by its best heading; None if one is missing."""
        folded = [fold_heading(cell) for cell in cells]
        columns: dict[str, int] = {}
        for key, places in self._places.items():
            found = [
                (places[name], column) for column, name in enumerate(folded) if name in places
            ]
            if key in self._needed and len(found) != 1:
                return None
            if found:
                columns[key] = min(found)[1]
        return columns

    def _below(
        self, rows: Iterable[tuple[int, Sequence[str]]], columns: Columns, part: int
    ) -> list[ListedPerson]:
        persons = [
            ListedPerson(number, answers, part)
            for number, cells in rows
            if self.columns(cells) is None and (answers := _answers(cells, columns))
        ]
        return _told_if_rounded(persons)


def shown(cells: Sequence[str]) -> str:
    """Return headings of a stranger as they may be told: some letters, no link, no number."""
    words = (" ".join(_NO_LETTERS.sub(" ", cell).split()) for cell in cells)
    told = ", ".join(word[:HEADING_CHARACTERS_MAX] for word in words if word)
    return told[:HEADINGS_CHARACTERS_MAX].rstrip(", ")


def fold_heading(text: str) -> str:
    """Return a heading as the catalogs list it: `No. HP (WA)` is `no hp`."""
    return _NON_WORD.sub(" ", _REMARK.sub(" ", text)).strip().lower()


def _answers(cells: Sequence[str], columns: Columns) -> dict[str, str]:
    """Return the answers of a row; none of one that only numbers the columns."""
    if all(_COUNTED.fullmatch(cell) for cell in cells if cell):
        return {}
    found = {key: cells[at] for key, at in columns.items() if at < len(cells)}
    return {key: value for key, value in found.items() if value}


def _told_if_rounded(persons: list[ListedPerson]) -> list[ListedPerson]:
    """Return the persons; if every NIK ends in 0, in the form in which it is told as rounded."""
    niks = [one.answers.get("nik", "") for one in persons]
    if len(niks) < ROUNDED_ROWS_MIN or not all(map(_WHOLE_NIK.fullmatch, niks)):
        return persons
    return [
        ListedPerson(one.row, {**one.answers, "nik": f"{int(nik):.14E}"}, one.part)
        for one, nik in zip(persons, niks, strict=True)
    ]
