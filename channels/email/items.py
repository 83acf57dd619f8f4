"""Walk through a letter's lines: each is an answer with a label, or another line.

A missing value is taken from the next line with text, if that looks like one. A line may hold
several labelled answers, and a table's row or a listed line is a whole person; see `tables.py`
and `listed_lines.py`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from channels.email.labels import LINE_CHARACTERS_MAX, VALUE_CHARACTERS_MAX, Labels
from channels.email.persons import NUMBERS

DIGITS_MIN: Final = 6  # of a number that stands below its label
LINES_MAX: Final = 2_000  # that are read; a letter written by hand has some twenty

_LABEL_CHARACTERS_MAX = 40
_ANY_LABEL = re.compile(r"[^\W\d][\w ./()'-]{1,38}?\s*[:=\uff1a\t]")
_NEXT_LABEL = re.compile(
    r"(?:[,;|][^\S\t]*+|(?<!\s)\t\s*+)(?=[A-Za-z][A-Za-z ./]{1,38}\t?[:=\uff1a])"
)
_NUMBER = re.compile(r"\s*\(?([0-9]{1,3})[.)]\s")
_PLACEHOLDER = re.compile(r"[\W_]*")
_PIPES = re.compile(r"\s*\|.*\|.*")


class Person(NamedTuple):
    """A whole person of one line; nothing outside belongs to the `sealed` row of a table."""

    values: Mapping[str, str]
    sealed: bool = False
    languages: Mapping[str, frozenset[str]] = {}  # of the labels, by question


class Item(NamedTuple):
    """An answer to the question `key`, perhaps an empty one; or, without a key, a line of text.

    `opens`: a person begins here. `sealed`: it is of the row of a table.
    """

    key: str
    text: str
    languages: frozenset[str] | None = None
    label: str = ""
    number: int = 0  # before its label
    opens: bool = False
    sealed: bool = False


def itemize(elements: Iterable[str | Person], labels: Labels) -> tuple[list[Item], bool]:
    """Return the items of a letter in its order, and whether there are more than are read."""
    split = (piece for element in elements for piece in _pieces(element, labels))
    pieces = list(islice(split, LINES_MAX + 1))
    more = len(pieces) > LINES_MAX
    del pieces[LINES_MAX:]
    items: list[Item] = []
    value_index = -1
    for index, piece in enumerate(pieces):
        if isinstance(piece, Person):
            items += _of_person(piece)
            continue
        found = labels.read(piece)
        if found is None:
            if index != value_index:
                items.append(Item("", piece))
            continue
        value = found.value
        if not value:
            value_index = _next_value(pieces, index, found.key, labels)
            value = str(pieces[value_index]).strip() if value_index > 0 else ""
        filled = "" if _PLACEHOLDER.fullmatch(value) else value[:VALUE_CHARACTERS_MAX].strip()
        items.append(Item(found.key, filled, found.languages, found.label, _number(piece)))
    return items, more


def _of_person(person: Person) -> list[Item]:
    return [
        Item(
            key,
            value[:VALUE_CHARACTERS_MAX].strip(),
            person.languages.get(key),
            opens=not place,
            sealed=person.sealed,
        )
        for place, (key, value) in enumerate(person.values.items())
    ]


def _number(line: str) -> int:
    found = _NUMBER.match(line)
    return int(found[1]) if found else 0


def _next_value(pieces: Sequence[str | Person], index: int, key: str, labels: Labels) -> int:
    """Return the index of the line that holds the label's value, or -1."""
    following = range(index + 1, len(pieces))
    at = next((at for at in following if _has_text(pieces[at])), -1)
    if at < 0 or isinstance(pieces[at], Person):
        return -1
    line = str(pieces[at]).strip()
    if labels.read(line) or _ANY_LABEL.match(line) or labels.is_courtesy(line):
        return -1
    digits = sum(map(str.isdigit, line))
    return at if (digits >= DIGITS_MIN if key in NUMBERS else not digits) else -1


def _has_text(piece: str | Person) -> bool:
    return isinstance(piece, Person) or bool(piece.strip())


def _pieces(element: str | Person, labels: Labels) -> list[str | Person]:
    if isinstance(element, Person):
        return [element]
    line = element[:LINE_CHARACTERS_MAX]
    if _PIPES.match(line):
        line = "\t".join(cell.strip() for cell in line.strip(" |").split("|"))
    label, tab, value = line.partition("\t")
    if tab and labels.asks_other_number(label):
        line = f"{label}: {value}"  # no free text: a label that we don't know
    return list(_split_labels(line, labels))


def _split_labels(line: str, labels: Labels) -> list[str]:
    """Split `NIK: 3204…, Nama: Siti` before each label that we know."""
    pieces, start = [], 0
    for gap in _NEXT_LABEL.finditer(line):
        found = labels.read(line[gap.end() : gap.end() + _LABEL_CHARACTERS_MAX + 1])
        if found is not None:
            pieces.append(line[start : gap.start()])
            start = gap.end()
    return [*pieces, line[start:]]
