"""Cells that go on in the next line of a table of pipes or aligned columns.

Where a line may be the rest of a name, or something else, the row above is in doubt: a name that
is cut short is another's.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from channels.email.labels import Labels
from channels.email.persons import NAME, NIK, PROFESSION
from channels.email.table_heads import NUMBER, Head

WORDS_MAX: Final = 4  # of the rest of a name
PLACES_OFF_MAX: Final = 1  # that a cell may stand beside its column


class Wrap(Enum):
    """What a line is to the row above: no part of it, its rest, or perhaps its rest."""

    NONE = auto()
    REST = auto()
    DOUBT = auto()


def read_wrap(
    line: str, above: str, head: Head, labels: Labels, *, followed: bool
) -> tuple[Wrap, Mapping[str, str]]:
    """Return what the line is to the row `above`, and the rest of its answers by question.

    `followed`: the next line is a row.
    """
    cells = _cells(line, above, head)
    texts = {head.keys[at]: text for at, text in cells.items() if at in head.keys}
    if not cells or NUMBER.search(line) or (head.by_pipes and NIK in texts):
        return Wrap.NONE, {}
    if 0 in cells:
        begins = len(cells) == 1 and texts.keys() == {NAME}
        doubtful = begins and (head.by_pipes or followed or _is_alike(line, above, labels))
        return (Wrap.DOUBT if doubtful else Wrap.NONE), {}
    asked = [head.keys[at] for at in cells if at in head.keys]
    if len(asked) > 1 or not texts.keys() <= {NAME, PROFESSION}:
        return Wrap.DOUBT, {}
    has_two = list(head.keys.values()).count(PROFESSION) > 1
    return Wrap.REST, {} if has_two and PROFESSION in texts else texts


def _cells(line: str, above: str, head: Head) -> dict[int, str]:
    if head.by_place:
        return _placed(line, head)
    return _filled(line, above, head) if head.by_pipes else {}


def _is_alike(line: str, above: str, labels: Labels) -> bool:
    """Return True if a line of a few words is written as the names are: `BINTI HASAN`."""
    text, name = line.strip(), above.partition("  ")[0]
    words_of_a_letter = labels.is_courtesy(text) or labels.is_closing(text) or labels.read(text)
    if words_of_a_letter or len(text.split()) > WORDS_MAX:
        return False
    return text.isupper() == name.isupper() and text.istitle() == name.istitle()


def _placed(line: str, head: Head) -> dict[int, str]:
    """Return the cells by column; nothing if one of them stands below none."""
    cells = head.split(line)
    columns = [head.column_at(cell.start) for cell in cells]
    off = (abs(head.cells[at].start - one.start) for at, one in zip(columns, cells, strict=True))
    if max(off) > PLACES_OFF_MAX or len(set(columns)) < len(columns):
        return {}
    return {at: cell.text for at, cell in zip(columns, cells, strict=True)}


def _filled(line: str, above: str, head: Head) -> dict[int, str]:
    """Return the cells between pipes that are not empty, where the row above has no such gap."""
    cells, first = head.split(line), head.split(above)[0]
    if len(cells) != len(head.cells) or not first.text:
        return {}
    return {at: cell.text for at, cell in enumerate(cells) if cell.text}
