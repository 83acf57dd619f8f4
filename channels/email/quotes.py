"""Leave out of a letter what its writer did not write now: quotes, signatures, phones' adverts."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from channels.email.headings import forwards, heading, is_enclosed
from channels.email.labels import Labelled, Labels
from channels.email.persons import NAME, NIK, PROFESSION

_QUOTED = re.compile(r"\s*>")
_SIGNATURE = re.compile(r"-- ?\s*")
_ADVERT = re.compile(
    r"""\s*(?:Sent\ (?:from|via|using)|Dikirim\ (?:dari|melalui|menggunakan)
        |Get\ Outlook\ for|Dapatkan\ Outlook\ untuk)\b.*""",
    re.IGNORECASE | re.VERBOSE,
)
_FORM: Final = frozenset({NIK, NAME, PROFESSION})


class Written(NamedTuple):
    """The writer's own lines; whether others' ended them, and whether those were passed on."""

    lines: list[str]
    ended: bool = False
    forwarded: bool = False


def new_lines(lines: Sequence[str], labels: Labels) -> Written:
    """Return the lines that are new, wherever they stand: above, below or between quoted ones.

    After a heading with no quoted line below it nothing is the writer's, whoever it names.
    """
    pieces: list[list[str]] = [[]]
    index, ended, passed_on = 0, False, False
    while index < len(lines) and not ended:
        line = lines[index]
        quoted = bool(_QUOTED.match(line)) and not is_enclosed(line)
        taken = 1 if quoted else _heading(lines, index, labels)
        if not taken:
            pieces[-1].append(line)
        elif pieces[-1]:
            pieces.append([])
        if taken and not quoted:
            ended = not _quotes_follow(lines, index + taken)
            passed_on = forwards(line)
        index += taken or 1
    kept = _without_signatures(pieces, labels)
    nothing = not any(line.strip() for line in kept)
    return Written(kept, ended, ended and (nothing or passed_on))


def _heading(lines: Sequence[str], index: int, labels: Labels) -> int:
    return 0 if labels.read(lines[index]) else heading(lines, index)


def _quotes_follow(lines: Sequence[str], index: int) -> bool:
    following = range(index, len(lines))
    first = next((lines[at] for at in following if lines[at].strip()), "")
    return bool(_QUOTED.match(first))


def _without_signatures(pieces: Sequence[Sequence[str]], labels: Labels) -> list[str]:
    """A signature ends where quoted lines begin: answers may stand below."""
    kept: list[str] = []
    labelled = False
    for piece in pieces:
        found = [labels.read(line) for line in piece]
        written = any(line.strip() for line in kept)
        end = _signature(piece, found, labels, written=written, labelled=labelled)
        kept += [line for line in piece[:end] if not _ADVERT.fullmatch(line)]
        if not _SIGNATURE.fullmatch("".join(piece[end : end + 1])):  # only a closing: who asks
            kept += [line for line in piece[end:] if not labels.read(line)]  # may ask below it
        labelled = labelled or any(found[:end])
    return kept


def _signature(
    lines: Sequence[str],
    found: Sequence[Labelled | None],
    labels: Labels,
    *,
    written: bool,
    labelled: bool,
) -> int:
    """Return where a signature begins: nobody signs with a NIK, or thanks above the form."""
    niks = [at for at, one in enumerate(found) if one and one.key == NIK]
    forms = [at for at, one in enumerate(found) if one and one.key in _FORM]
    after_niks, after_forms = max(niks, default=-1), max(forms, default=-1)
    for at, line in enumerate(lines):
        if written and _SIGNATURE.fullmatch(line) and (line[2:3] == " " or at > after_niks):
            return at
        if at > after_niks and labels.is_closing(line):
            return at + 1
        if at > after_forms and labelled and labels.is_thanks(line):
            return at + 1
        written, labelled = written or bool(line.strip()), labelled or found[at] is not None
    return len(lines)
