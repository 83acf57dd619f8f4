"""Find the persons in a table without headings, as people paste it, by what columns hold. Pure.

A guess: it is only for what its sender sees again before anything is recorded.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from core.fields.cell import unforced
from core.messages import ListedPerson
from gateway.imports.tables import Table

SHARE_MIN: Final = 0.5  # of the rows, in which the column holds what it is taken for
_SEPARATORS: Final = str.maketrans("", "", " .-\u00a0")
_NIK: Final = re.compile(r"[0-9]{14,18}")  # also with a digit too many or too few
_PHONE: Final = re.compile(r"\+?[0-9]{8,13}")
_WORDS: Final = re.compile(r"[^\W\d_]{2}")


def guess_persons(table: Table, part: int) -> list[ListedPerson] | None:
    """Return a person for each row; None if no column holds NIKs."""
    rows = [cells for _number, cells in table.rows]
    columns = guess_columns(rows)
    if "nik" not in columns:
        return None
    return [
        ListedPerson(number, _answers(cells, columns), part)
        for number, cells in table.rows
        if len(cells) > 1
    ]


def guess_columns(rows: Sequence[Sequence[str]]) -> Mapping[str, int]:
    """Return the column of each question that can be told; of two with words, the name first."""
    places = range(max(map(len, rows), default=0))
    columns: dict[str, int] = {}
    for key, holds in _HOLDS:
        for place in places:
            held = sum(holds(row[place]) for row in rows if place < len(row))
            if place not in columns.values() and held > SHARE_MIN * len(rows):
                columns[key] = place
                break
    return columns


def _is_nik(cell: str) -> bool:
    return _NIK.fullmatch(unforced(cell).translate(_SEPARATORS)) is not None


def _is_phone(cell: str) -> bool:
    return _PHONE.fullmatch(unforced(cell).translate(_SEPARATORS)) is not None


def _is_words(cell: str) -> bool:
    return _WORDS.search(cell) is not None


_HOLDS: Final[Sequence[tuple[str, Callable[[str], bool]]]] = (
    ("nik", _is_nik),
    ("phone", _is_phone),
    ("full_name", _is_words),
    ("profession", _is_words),
)


def _answers(cells: Sequence[str], columns: Mapping[str, int]) -> dict[str, str]:
    return {key: cells[at] for key, at in columns.items() if at < len(cells) and cells[at]}
