"""The cells of a table: of an imported one, and their faults; of one that we write. Pure."""

import re
from typing import Final, NamedTuple

_NIK_LABEL = re.compile(r"[A-Za-z][A-Za-z ./]{0,20}+[\s.:#-]*+")  # `NIK 3204…`, `No. KTP: 3204…`
_AROUND: Final = " \t'`\"=\u2018\u2019\u201c\u201d"  # `'3204…`, `="3204…"`: kept as text by force
_FORCED: Final = ("=", "'", "\u2018", "\u2019", "`")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet may run begins so
_NOTHING: Final = "-"


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula; a bare dash as nothing."""
    if text == _NOTHING:
        return ""
    return f"'{text}" if text.startswith(_FORMULA) else text


class Fault(NamedTuple):
    """What is wrong with a row, without its contents."""

    column: str
    problem: str


class FaultyError(Exception):
    """The row cannot be used; `fault` says why."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(column)
        self.fault = Fault(column, problem)


def tidy(column: str, text: str, characters_max: int) -> str:
    """Return the text with single spaces, or raise `FaultyError`."""
    found = " ".join(text.split())
    if len(found) > characters_max:
        raise FaultyError(column, f"is longer than {characters_max} characters")
    if not found.isprintable():
        raise FaultyError(column, "has characters that cannot be read")
    return found


def needed(column: str, text: str, characters_max: int) -> str:
    """Return the text with single spaces, or raise `FaultyError`, also if it is empty."""
    found = tidy(column, text, characters_max)
    if not found:
        raise FaultyError(column, "is empty")
    return found


def unforced(text: str) -> str:
    """Return the text of a cell that was forced to be text: `'0812`, `="0812"`."""
    bare = text.strip()
    return bare.strip(_AROUND) if bare[:1] in _FORCED else text


def bare_nik(text: str) -> str:
    """Return the NIK in a cell without what was written around it: `="3204…"`, `NIK 3204…`."""
    bare = text.strip(_AROUND)
    label = _NIK_LABEL.match(bare)
    return bare[label.end() :].strip(_AROUND) if label else bare
