"""The lines that mailers put above what they quote or pass on, in many languages and fashions."""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

ATTRIBUTION_LINES_MAX: Final = 3
ATTRIBUTION_CHARACTERS_MAX: Final = 500
HEADER_LINES_MAX: Final = 7
LABEL_WORDS_MAX: Final = 3  # of a form; more are a sentence
HEADERS_MIN: Final = 3  # one line `Kepada:` alone is somebody's own

_ATTRIBUTION = re.compile(
    r"""\s*(?:(?:On|Op|El|Le|Am)\b.{4,400}\b(?:wrote|schreef|escribió|a\ écrit|schrieb)\b.{0,60}
        |Pada\b.{4,400}\b(?:menulis|menuliskan|wrote|tulis)
        |\S.{2,200}\b(?:wrote|menulis)(?:\ on\b.{4,100})?)\s*:\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_BEGINS = re.compile(r"\s*(?:On|Pada)\b.*[0-9]")
_SEPARATOR = re.compile(
    r"""\s*[-_]{2,}+\s*(?:Original\ (?:Message|Appointment)|Pesan\ (?:asli|asal)
        |(?P<forward>(?:Begin\ )?Forwarded\ message|Pesan\ (?:yang\ )?(?:diteruskan|terusan)))
        [^\w\n]{0,4}\s*[-_]{2,}\s*|(?P<begin>Begin\ forwarded\ message:?\s*)""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADER = re.compile(
    r"""[\s*]{0,9}(?:(?P<sender>From|Dari)|(?P<date>Sent|Dikirim|Terkirim|Date|Tanggal)
        |(?P<to>To|Kepada|Ke|Untuk|Cc|Tembusan)|(?P<subject>Subject|Perihal|Subjek|Judul))
        \s{0,9}(?::|\*:)""",
    re.IGNORECASE | re.VERBOSE,
)
# An official letter has From, To and Subject too; only what a program wrote says when it was sent.
_WHEN = re.compile(
    r"[\s*]{0,9}(?:(?:Sent|Dikirim|Terkirim)\s{0,9}:|(?:Date|Tanggal)\s{0,9}:.*[0-9][:.][0-9]{2}\b)",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*_{5,}\s*")  # which Outlook draws above a quote
_IN_BRACKETS = re.compile(
    r"[<(\[]\s*(?:mailto:)?[^\s<>()\[\]@]{1,64}+@[^\s<>()\[\]@]{1,190}\s*[>)\]]"
)
_ADDRESS = re.compile(r"(?<![^\s<>@])[^\s<>@]{1,64}+@[^\s<>@]{1,190}")
_DATED = re.compile(r"(?<![0-9])(?:[0-9]{1,2}[-/.:][0-9]{1,2}|(?:19|20)[0-9]{2})(?![0-9])")
_OWN_ADDRESS = re.compile(r"(?:alamat )?(?:e-?mail|surel)\b", re.IGNORECASE)
_AROUND = " \t-_=*|"
_VERBS = (
    *("wrote", "writes", "menulis", "menuliskan", "tulis", "schreef", "schrieb", "escribió"),
    *("écrit", "написал", "написала"),
)


def heading(lines: Sequence[str], index: int) -> int:
    """Return how many lines from here introduce what somebody else wrote; 0 if they do not."""
    below = index + bool(_RULE.fullmatch(lines[index]))
    if _SEPARATOR.fullmatch(lines[index]) or is_enclosed(lines[index]):
        return 1
    if _is_header_block(lines, below):
        block = takewhile(_HEADER.match, lines[below : below + HEADER_LINES_MAX])
        return below - index + len(list(block))
    return _attribution(lines, index)


def is_enclosed(line: str) -> bool:
    """Say whether this is GroupWise's heading: `>>> Siti <siti@klinik.example> 12/01/2021 >>>`."""
    said = line.strip()
    return said.startswith(">>") and said.endswith(">>") and bool(said.strip("> "))


def forwards(line: str) -> bool:
    """Say whether the line says that what follows is passed on."""
    found = _SEPARATOR.fullmatch(line)
    return bool(found and found.lastgroup)


def parts_two(line: str) -> bool:
    """Say whether a line that looks like a form's own may be a heading of an unknown mailer."""
    if _HEADER.match(line):
        return True
    if _ADDRESS.search(line):
        return not _OWN_ADDRESS.match(line)
    before, _, value = line.rpartition(":")
    words = len(before.split()) + before[:1].islower()
    sentence = words > LABEL_WORDS_MAX or bool(_DATED.search(line))
    return sentence and not value.strip()


def _attribution(lines: Sequence[str], index: int) -> int:
    """Return how many lines `On …, Budi wrote:` takes, which mailers wrap."""
    first = lines[index]
    if _is_attribution(first):
        return 1
    if not (_BEGINS.match(first) or _DATED.search(first) or "@" in first or "<" in first):
        return 0
    for count in range(2, ATTRIBUTION_LINES_MAX + 1):
        wrapped = lines[index : index + count]
        if wrapped[-1].strip() and _is_attribution(" ".join(wrapped)):
            return count
    return 0


def _is_attribution(line: str) -> bool:
    """A line that names an address and a date, and ends by saying that these words are theirs."""
    if len(line) > ATTRIBUTION_CHARACTERS_MAX:
        return False
    if _ATTRIBUTION.fullmatch(line):
        return True
    if not _IN_BRACKETS.search(line) or not _DATED.search(_ADDRESS.sub(" ", line)):
        return False
    said = line.strip(_AROUND)
    begins_with_date = said[:1].isdigit() and said[-1:] in (">", "]", ")")
    return said.endswith(":") or said.lower().endswith(_VERBS) or begins_with_date


def _is_header_block(lines: Sequence[str], index: int) -> bool:
    """Say whether From, Date, To and Subject stand here, in any order, as a program wrote them."""
    if index >= len(lines) or not _HEADER.match(lines[index]):
        return False
    block = lines[index : index + HEADER_LINES_MAX]
    found = {match.lastgroup: line for line in block if (match := _HEADER.match(line))}
    if len(found) < HEADERS_MIN or "sender" not in found:
        return False
    sent = _ADDRESS.search(found["sender"]) and _DATED.search(found.get("date", ""))
    return bool(sent) or any(_WHEN.match(line) for line in block)
