"""Part the answers of a letter into blocks, one person each; in doubt, into none.

A block begins where the first question of the block before is answered again, where free text
or a wider gap stands between, or with a listed line or the row of a table. A field belongs to its
block or to nobody, and a block without a NIK or a name is nobody's.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from channels.email.items import Item
from channels.email.persons import NAME, NIK, PHONE, FreeText, comparable, is_landline
from channels.email.quote_headings import may_be_quoting
from core.messages import MISFIT

_NUMBERED_NAME = re.compile(r"\s*\(?([0-9]{1,3})[.)]\s+([^\W\d][^\d@:=]{1,60})")
_NUMBERED_MIN: Final = 2
STRAYS_MAX: Final = 2  # blocks of nobody: a letterhead and a sender; more are torn from people


class _Token(NamedTuple):
    """An answer; `gap`: blank lines above it; `opens`: more than those stands above."""

    key: str
    text: str
    gap: int
    opens: bool
    sealed: bool
    place: int
    label: str


_Block = tuple[_Token, Mapping[str, str]]  # the first token of a block, and its answers


def read_blocks(items: Sequence[Item]) -> list[dict[str, str]] | None:
    """Return the answers of each person; None where they may be anybody's else."""
    items = _with_numbered_names(items)
    blocks = _part(_runs(list(_tokens(items))))
    if blocks is None or _quotes_between(items):
        return None
    persons: list[_Block] = []
    strays: list[_Block] = []
    for block in blocks:
        values = _values(block)
        if values is None:
            return None
        (persons if _names(values) else strays).append((block[0], values))
    if any(first.sealed for first, _ in persons):  # of a table: who sends it is none of its rows
        persons = [(first, values) for first, values in persons if first.sealed or NIK in values]
    if len(strays) > max(STRAYS_MAX, len(persons)):
        return None
    if len(persons) == 1 and not _is_sole(persons[0], strays):
        return None
    return (
        None if _halved(persons) or _shared(persons) else [dict(values) for _, values in persons]
    )


def _names(values: Mapping[str, str]) -> bool:
    return bool({NIK, NAME, MISFIT} & values.keys())


def _is_sole(person: _Block, strays: Sequence[_Block]) -> bool:
    """Return True if all that is not this one person's is the sender's: it stands below.

    Above stands at most a telephone of the house. What else stands there may be the answer to a
    letter that is quoted.
    """
    first, values = person
    above = [stray for stray, _ in strays if stray.place < first.place]
    return {NIK, NAME} <= values.keys() and all(is_landline(one.key, one.text) for one in above)


def _tokens(items: Sequence[Item]) -> Iterator[_Token]:
    free_text, numbered = FreeText(), _are_numbered(items)
    gap, opens, sealed = 0, True, False
    for place, item in enumerate(items):
        if item.key:
            opens = opens or (item.key == PHONE and free_text.is_open)
            opens = opens or item.opens or item.sealed != sealed or (numbered and item.number > 0)
            yield _Token(item.key, item.text, gap, opens, item.sealed, place, item.label)
            gap, opens, sealed = 0, False, item.sealed
            free_text.interrupt()
            continue
        line = item.text.strip()
        gap += not line
        opens = free_text.is_next(line) or opens


def _are_numbered(items: Sequence[Item]) -> bool:
    """Return True if the numbers before labels count people: `1. Nama`, `2. Nama`."""
    counted = [item for item in items if item.key and item.number]
    in_order = [item.number for item in counted] == list(range(1, len(counted) + 1))
    return in_order and len({item.key for item in counted}) == 1


def _runs(tokens: Sequence[_Token]) -> list[list[_Token]]:
    runs: list[list[_Token]] = []
    for token in tokens:
        if token.opens:
            runs.append([])
        runs[-1].append(token)
    return runs


def _part(runs: Sequence[Sequence[_Token]]) -> list[Sequence[_Token]] | None:
    """Part each run by its first question, and by gaps unless they are the same everywhere.

    Returns None where the end of a block may be the beginning of the next.
    """
    by_question = [block for run in runs for block in _by_question(run)]
    shapes = {
        tuple((one.key, one.gap * bool(at)) for at, one in enumerate(block))
        for block in by_question
    }
    if len(shapes) == 1 and len(by_question) > len(shapes):
        return by_question
    parted = [_by_gap(run) for run in runs]
    groups = [_by_question(group) for run in parted for group in run]
    if any(map(_lonely, parted)) or any(map(_torn, groups)):
        return None
    return [block for group in groups for block in group]


def _by_question(tokens: Sequence[_Token]) -> list[Sequence[_Token]]:
    starts = [at for at, token in enumerate(tokens) if token.key == tokens[0].key]
    return [tokens[one:end] for one, end in pairwise([*starts, len(tokens)])]


def _torn(blocks: Sequence[Sequence[_Token]]) -> bool:
    """Return True if, with nothing between, values of two neighbours may be one person's.

    So it is where the one is a NIK or name alone, as in columns; or where it ends in answers that
    the next one lacks.
    """
    lone = len(blocks) > 1 and any(len(block) == 1 for block in blocks)
    return lone or any(
        block[-1].key not in {one.key for one in below} for block, below in pairwise(blocks)
    )


def _lonely(groups: Sequence[Sequence[_Token]]) -> bool:
    """Return True if gaps leave a NIK or a name alone: they do not part people, then."""
    return len(groups) > 1 and any(len(one) == 1 and one[0].key in (NIK, NAME) for one in groups)


def _by_gap(tokens: Sequence[_Token]) -> list[Sequence[_Token]]:
    least = min((token.gap for token in tokens[1:]), default=0)
    starts = [at for at, token in enumerate(tokens) if not at or token.gap > least]
    return [tokens[one:end] for one, end in pairwise([*starts, len(tokens)])]


def _values(block: Sequence[_Token]) -> dict[str, str] | None:
    """Return the answers of one block, without unclear ones; None if it has two NIKs or names.

    Neither has one person two answers under the same label, but perhaps under two: `HP` and `WA`.
    Two cells beside one label are those of two people, side by side.
    """
    if any("\t" in token.text for token in block):
        return None
    values: dict[str, str] = {}
    unclear: set[str] = set()
    labels: set[str] = set()
    for token in block:
        key, text = token.key, token.text
        before = values.setdefault(key, text) or text
        if not text or comparable(key, before) == comparable(key, text):
            values[key] = before
        elif key in (NIK, NAME) or token.label in labels:
            return None
        else:
            unclear.add(key)
        labels.add(token.label)
    return {key: text for key, text in values.items() if text and key not in unclear}


def _halved(persons: Sequence[_Block]) -> bool:
    """Return True if two neighbours may be one person: a NIK alone beside a name alone."""
    halves = [
        "" if first.sealed or len(found) > 1 else found.pop()
        for first, values in persons
        if (found := {NIK, NAME} & values.keys())
    ]
    return any(one and other and one != other for one, other in pairwise(halves))


def _shared(persons: Sequence[_Block]) -> bool:
    """Return True if two blocks have one NIK; in a table each row stands for itself."""
    loose = [values[NIK] for first, values in persons if NIK in values and not first.sealed]
    return len({comparable(NIK, nik) for nik in loose}) < len(loose)


def _quotes_between(items: Sequence[Item]) -> bool:
    """Return True if what stands between two answers may be the heading of a quote."""
    answers = [at for at, item in enumerate(items) if item.key]
    between = items[answers[0] : answers[-1]] if answers else ()
    return any(not item.key and may_be_quoting(item.text) for item in between)


def _with_numbered_names(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items with `1. Siti Aminah` as a name where each stands above a block."""
    if any(item.key == NAME for item in items):
        return items
    written = [at for at, item in enumerate(items) if item.key or item.text.strip()]
    found = {
        at: name
        for at, below in pairwise(written)
        if items[below].key
        and not items[at].key
        and (name := _NUMBERED_NAME.fullmatch(items[at].text.rstrip(" ,;")))
    }
    counted = [name[1].lstrip("0") for name in found.values()]
    if len(counted) < _NUMBERED_MIN or counted != [str(n) for n in range(1, len(counted) + 1)]:
        return items
    return [
        Item(NAME, found[at][2].strip(), opens=True) if at in found else item
        for at, item in enumerate(items)
    ]
