"""Strip from a letter what its writer did not write now: quotes, signatures, phones' adverts.

A line that begins with `>` is quoted. A heading (`quote_headings.py`) that quoted lines follow
only introduces them, and answers may stand between and below; any other cuts the letter off. From
the first line of a letter of ours on nothing is read. The own lines between two quotes are a run.
Each run may end in a signature, which begins

- at a delimiter with text above, `-- `, or `--` below the last NIK: nothing of it is kept;
- after a closing (`Salam,`) below the last NIK, or after thanks below the last NIK, name or
  profession: only labelled lines (`HP: …`) go, because a question may stand below a closing.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from channels.email.labels import Labelled, Labels
from channels.email.persons import NAME, NIK, PROFESSION
from channels.email.quote_headings import heading_length, is_enclosed, is_forward_separator

OUR_SIGN: Final = "-- #SP"  # at the end of the first line of each of our letters

_OURS = re.compile(r"[-\u2013\u2014]{1,2}[ ]{0,3}#SP\W*+$")
_QUOTED = re.compile(r"\s*>")
_SIGNATURE = re.compile(r"-- ?\s*")
_ADVERT = re.compile(
    r"""\s*(?:Sent\ (?:from|via|using)|Dikirim\ (?:dari|melalui|menggunakan)
        |Get\ Outlook\ for|Dapatkan\ Outlook\ untuk)\b.*""",
    re.IGNORECASE | re.VERBOSE,
)
_FORM_KEYS: Final = frozenset({NIK, NAME, PROFESSION})


class OwnLines(NamedTuple):
    """The writer's lines; `cut_off`: the `heading` of what stands `below` ended them.

    `forwarded`: it forwards a mail, or nothing else is there.
    """

    lines: list[str]
    cut_off: bool = False
    forwarded: bool = False
    heading: Sequence[str] = ()
    below: Sequence[str] = ()


def strip_quotes(lines: Sequence[str], labels: Labels) -> OwnLines:
    """Return the writer's own lines, from above, between and below quoted ones."""
    lines = _without_our_letter(lines, labels)
    runs: list[list[str]] = [[]]
    index, cut_off, forwarded = 0, False, False
    heading, below = lines[:0], lines[:0]
    while index < len(lines) and not cut_off:
        line = lines[index]
        quoted = bool(_QUOTED.match(line)) and not is_enclosed(line)
        skipped = 1 if quoted else _heading_length(lines, index, labels)
        if not skipped:
            runs[-1].append(line)
        elif runs[-1]:
            runs.append([])
        index += skipped or 1
        if skipped and not quoted:
            forwarded = is_forward_separator(line)
            cut_off = not _quotes_follow(lines, index) or (
                forwarded and _all_quoted(lines[index:])
            )
            heading, below = lines[index - skipped : index], lines[index:]
    own = _strip_signatures(runs, labels)
    if not cut_off:
        return OwnLines(own)
    empty = not any(line.strip() for line in own)
    return OwnLines(own, cut_off, empty or forwarded, heading, _unquoted(below))


def _without_our_letter(lines: Sequence[str], labels: Labels) -> Sequence[str]:
    """Return the lines without the letter of ours that a reply repeats below its first line.

    Where that is quoted line by line, an answer may stand below it, if it does not stand above.
    """
    at = next((at for at, line in enumerate(lines) if _OURS.search(line)), -1)
    if at < 0:
        return lines
    answered = any(labels.read(line) for line in lines[:at] if not _QUOTED.match(line))
    return lines if _QUOTED.match(lines[at]) and not answered else lines[:at]


def _all_quoted(lines: Sequence[str]) -> bool:
    return all(_QUOTED.match(line) for line in lines if line.strip())


def _unquoted(lines: Sequence[str]) -> Sequence[str]:
    if not _all_quoted(lines):
        return lines
    return [line[found.end() :] if (found := _QUOTED.match(line)) else line for line in lines]


def _heading_length(lines: Sequence[str], index: int, labels: Labels) -> int:
    return 0 if labels.read(lines[index]) else heading_length(lines, index)


def _quotes_follow(lines: Sequence[str], index: int) -> bool:
    following = range(index, len(lines))
    first = next((lines[at] for at in following if lines[at].strip()), "")
    return bool(_QUOTED.match(first))


def _strip_signatures(runs: Sequence[Sequence[str]], labels: Labels) -> list[str]:
    own: list[str] = []
    labelled = False
    for run in runs:
        labels_found = [labels.read(line) for line in run]
        written = any(line.strip() for line in own)
        end = _signature_start(run, labels_found, labels, written=written, labelled=labelled)
        own += [line for line in run[:end] if not _ADVERT.fullmatch(line)]
        if not _SIGNATURE.fullmatch("".join(run[end : end + 1])):  # below a closing
            own += [line for line in run[end:] if not labels.read(line)]
        labelled = labelled or any(labels_found[:end])
    return own


def _signature_start(
    lines: Sequence[str],
    labels_found: Sequence[Labelled | None],
    labels: Labels,
    *,
    written: bool,
    labelled: bool,
) -> int:
    """Return the index where the signature of a run begins, or its length if it has none.

    `written`, `labelled`: whether an earlier run has text, has an answer.
    """
    niks = [at for at, one in enumerate(labels_found) if one and one.key == NIK]
    form_keys = [at for at, one in enumerate(labels_found) if one and one.key in _FORM_KEYS]
    last_nik, last_form_key = max(niks, default=-1), max(form_keys, default=-1)
    for at, line in enumerate(lines):
        if written and _SIGNATURE.fullmatch(line) and (line[2:3] == " " or at > last_nik):
            return at
        if at > last_nik and labels.is_closing(line):
            return at + 1
        if at > last_form_key and labelled and labels.is_thanks(line):
            return at + 1
        written, labelled = written or bool(line.strip()), labelled or labels_found[at] is not None
    return len(lines)
