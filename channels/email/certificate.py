"""Tell who signs a letter from those whom it is about, as in a `surat keterangan`.

`Yang bertanda tangan …` announces a signatory, `menerangkan bahwa …` the people that the letter
speaks for. What stands after the one words is the signatory's, after the other theirs.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from channels.email.items import Item
from channels.email.labels import Labels
from channels.email.persons import NAME, NIK

CUES_MAX: Final = 4  # that are looked for in one line
WORDS_MAX: Final = 8  # between such words and a label

_WORD_START = re.compile(r"(?<![^\s:,;])[^\s:,;]")
_OPEN, _SIGNATORY, _OTHERS = "open", "signatory", "others"


def split_roles(lines: Iterable[str], labels: Labels) -> Iterator[str]:
    """Yield the lines, parted before such words and before the first label behind them."""
    for line in lines:
        yield from _split_line(line, labels)


def without_signatory(items: Sequence[Item], labels: Labels) -> list[Item] | None:
    """Return the items without those of the signatory; None where that is in doubt."""
    sections = list(_sections(items, labels))
    others = [kind for kind, section in sections if kind == _OTHERS and _names(section)]
    opening = [item for kind, section in sections if kind == _OPEN for item in section]
    if not others and not _names(opening):  # who signs speaks for himself
        return list(items)
    if others and any(item.key == NIK and item.text for item in opening):
        return None
    kept = _OTHERS if others else _OPEN
    return [
        item
        for kind, section in sections
        for item in section
        if not item.key or kind == kept or (kind == _OTHERS and not others)
    ]


def _sections(items: Sequence[Item], labels: Labels) -> Iterator[tuple[str, list[Item]]]:
    kind, section = _OPEN, list[Item]()
    for item in items:
        begun = "" if item.key else _announced(item.text, labels)
        if begun:
            yield kind, section
            kind, section = begun, []
        section.append(item)
    yield kind, section


def _announced(line: str, labels: Labels) -> str:
    if labels.testimony_cue(line):
        return _OTHERS
    return _SIGNATORY if labels.signatory_cue(line) else ""


def _names(items: Iterable[Item]) -> bool:
    return any(item.key in (NIK, NAME) and item.text for item in items)


def _split_line(line: str, labels: Labels) -> Iterator[str]:
    for _ in range(CUES_MAX):
        cue = labels.signatory_cue(line) or labels.testimony_cue(line)
        starts = islice(_WORD_START.finditer(line, cue[1]), WORDS_MAX) if cue else ()
        at = next((one.start() for one in starts if labels.read(line[one.start() :])), 0)
        if cue is None or not at:
            break
        yield from filter(None, (line[: cue[0]].strip(), line[cue[0] : at]))
        line = line[at:]
    yield line
