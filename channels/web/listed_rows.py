"""The rows of a clinic's list as its page holds them between two forms: nothing of it is stored.

A row that is right is one field, `row.7`; one that is being mended has a field for each answer,
`nik.7`, and may be left out by `drop.7`.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from core.conversation.register.listed import NIK_OF_ANOTHER, ROW_UNCLEAR, ListedRow
from core.messages import ListedPerson

KEYS: Final = ("nik", "full_name", "profession", "phone")
ROW_NUMBER_MAX: Final = 99_999
ANSWER_CHARACTERS_MAX: Final = 200
FIELDS_MAX: Final = 600  # of a hundred rows that are all wrong, and what every form bears
_WHOLE, _DROPPED, _JOIN = "row", "drop", "\t"
_FIELDS: Final = {ROW_UNCLEAR: "nik", NIK_OF_ANOTHER: "nik", "list_fault_failed": "nik"}


class Line(NamedTuple):
    """A row on the page: what was written, and by field the keys of what is wrong with it."""

    row: int
    answers: Mapping[str, str]
    faults: Mapping[str, tuple[str, ...]]

    @property
    def whole(self) -> str:
        """Return the answers as one field."""
        return _JOIN.join(self.answers.get(key, "") for key in KEYS)


def read_rows(fields: Mapping[str, str], rows_max: int) -> Sequence[ListedPerson]:
    """Return the rows that a form holds, by number, without those that are left out. Total.

    At most `rows_max`, the first.
    """
    found: dict[int, dict[str, str]] = {}
    dropped: set[int] = set()
    for name, value in fields.items():
        kind, _, digits = name.partition(".")
        row = _number(digits)
        if not row:
            continue
        if kind == _DROPPED:
            dropped.add(row)
        elif kind == _WHOLE:
            found[row] = dict(zip(KEYS, map(_clean, value.split(_JOIN)), strict=False))
        elif kind in KEYS:
            found.setdefault(row, {})[kind] = _clean(value)
    kept = sorted((row, answers) for row, answers in found.items() if row not in dropped)
    return [
        ListedPerson(row, {key: value for key, value in answers.items() if value})
        for row, answers in kept[:rows_max]
    ]


def once(
    persons: Sequence[ListedPerson], read: Sequence[ListedRow]
) -> tuple[Sequence[ListedPerson], Sequence[ListedRow], int]:
    """Return the rows without those that repeat an earlier one, and how many do so.

    Two rows are the same if all their answers are, as they were read.
    """
    kept: dict[object, tuple[ListedPerson, ListedRow]] = {}
    for person, row in zip(persons, read, strict=True):
        kept.setdefault(_answers(row) or person.row, (person, row))
    left = list(kept.values())
    return [one for one, _ in left], [row for _, row in left], len(persons) - len(left)


def _answers(row: ListedRow) -> tuple[object, ...]:
    """Return what a row that is right says; () of any other."""
    if (said := row.intent) is None:
        return ()
    more = frozenset(said.attributes.items())  # a profession in words of its own
    return (said.nik, said.full_name, said.profession, said.phone, more)


def lines_of(persons: Sequence[ListedPerson], read: Sequence[ListedRow]) -> Sequence[Line]:
    """Return the rows as the page shows them, those to mend first."""
    lines = [
        Line(person.row, _shown(person.answers), _by_field(row.faults))
        for person, row in zip(persons, read, strict=True)
    ]
    return sorted(lines, key=lambda line: not line.faults)


def _by_field(faults: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for fault in faults:
        field = field_of(fault)
        found[field] = (*found.get(field, ()), fault)
    return found


def field_of(fault: str) -> str:
    """Return the field at which a fault is said."""
    if fault in _FIELDS:
        return _FIELDS[fault]
    said = fault.removeprefix("list_fault_")
    return next((key for key in KEYS if said.startswith(key)), "full_name")


def _shown(answers: Mapping[str, str]) -> dict[str, str]:
    return {key: _clean(answers[key]) for key in KEYS if answers.get(key)}


def _clean(text: str) -> str:
    """Return an answer on one line, within its bound."""
    return " ".join(text[:ANSWER_CHARACTERS_MAX].split())


def _number(digits: str) -> int:
    """Return the number of a row, 0 if it is none."""
    is_number = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(ROW_NUMBER_MAX))
    return int(digits) if is_number else 0
