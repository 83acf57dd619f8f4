"""Recognise headings: the lines that mailers put above a mail that they quote or forward.

- A separator: `--- Original Message ---`, `Begin forwarded message:`, GroupWise's `>>> … >>>`.
- A header block, under a rule or not: three of From, Date, To and Subject, From among them, with
  the time of sending or with From's address and a date.
- An attribution, wrapped or not: `On …, Budi wrote:`, or in a language that we don't know a line
  with a bracketed address and a date that begins or ends as these do.
"""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import Final

ATTRIBUTION_LINES_MAX: Final = 3
ATTRIBUTION_CHARACTERS_MAX: Final = 500
HEADER_LINES_MAX: Final = 7
LABEL_WORDS_MAX: Final = 3  # of a form's label; more are a sentence
HEADERS_MIN: Final = 3  # people write a lone `Kepada:` themselves

_ATTRIBUTION = re.compile(
    r"""\s*(?:(?:On|Op|El|Le|Am)\b.{4,400}\b(?:wrote|schreef|escribió|a\ écrit|schrieb)\b.{0,60}
        |Pada\b.{4,400}\b(?:menulis|menuliskan|wrote|tulis)
        |\S.{2,200}\b(?:wrote|menulis)(?:\ on\b.{4,100})?)\s*:\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTION_START = re.compile(r"\s*(?:On|Pada)\b.*[0-9]")
_SEPARATOR = re.compile(
    r"""\s*[-_=]{2,}+\s*(?:Original\ (?:Message|Appointment)|Pesan\ (?:asli|asal)
        |(?P<forward>(?:Begin\ )?Forwarded\ message|Pesan\ (?:yang\ )?(?:diteruskan|terusan)))
        [^\w\n]{0,4}\s*[-_=]{2,}+\s*(?:(?:From|Dari)\s{0,3}:.{0,500})?
        |(?P<begin>Begin\ forwarded\ message:?\s*
        |(?:Mulai|Memulai|Awal)\ (?:dari\ )?pesan\ (?:yang\ )?(?:diteruskan|terusan)\s*:?\s*)""",
    re.IGNORECASE | re.VERBOSE,
)
_HEADER = re.compile(
    r"""[\s*]{0,9}(?:(?P<sender>From|Dari)|(?P<date>Sent|Dikirim|Terkirim|Date|Tanggal)
        |(?P<to>To|Kepada|Ke|Untuk|Cc|Tembusan)|(?P<subject>Subject|Perihal|Subjek|Judul))
        \s{0,9}(?::|\*:)""",
    re.IGNORECASE | re.VERBOSE,
)
# An official letter has From, To and Subject, too; only a mailer adds the time of sending.
_SENT_TIME = re.compile(
    r"[\s*]{0,9}(?:(?:Sent|Dikirim|Terkirim)\s{0,9}:|(?:Date|Tanggal)\s{0,9}:.*[0-9][:.][0-9]{2}\b)",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*_{5,}\s*")  # Outlook's, above a quote
_BRACKETED_ADDRESS = re.compile(
    r"[<(\[]\s*(?:mailto:)?[^\s<>()\[\]@]{1,64}+@[^\s<>()\[\]@]{1,190}\s*[>)\]]"
)
_ADDRESS = re.compile(r"(?<![^\s<>@])[^\s<>@]{1,64}+@[^\s<>@]{1,190}")
_DATE = re.compile(r"(?<![0-9])(?:[0-9]{1,2}[-/.:][0-9]{1,2}|(?:19|20)[0-9]{2})(?![0-9])")
_ADDRESS_LABEL = re.compile(r"(?:alamat )?(?:e-?mail|surel)\b", re.IGNORECASE)
_QUOTING = re.compile(
    r"""\b(?:wrote|writes|menulis|menuliskan|dikutip|quoted|forwarded|diteruskan|terusan
        |e-?mail|surel|pesan|messages?|nachricht|mensaje|mesej)\b
        |(?<![0-9])[0-9]{1,2}[.:][0-9]{2}(?![0-9])""",
    re.IGNORECASE | re.VERBOSE,
)
_DECORATION = " \t-_=*|"
_VERBS = (
    *("wrote", "writes", "menulis", "menuliskan", "tulis", "schreef", "schrieb", "escribió"),
    *("écrit", "написал", "написала"),
)


def heading_length(lines: Sequence[str], index: int) -> int:
    """Return how many lines the heading at `index` has; 0 if there is none."""
    below = index + bool(_RULE.fullmatch(lines[index]))
    if _SEPARATOR.fullmatch(lines[index]) or is_enclosed(lines[index]):
        return 1
    if _is_header_block(lines, below):
        block = takewhile(_HEADER.match, lines[below : below + HEADER_LINES_MAX])
        return below - index + len(list(block))
    return _attribution_length(lines, index)


def is_enclosed(line: str) -> bool:
    """Match GroupWise's separator: `>>> Siti <siti@klinik.example> 12/01/2021 >>>`."""
    text = line.strip()
    return text.startswith(">>") and text.endswith(">>") and bool(text.strip("> "))


def is_forward_separator(line: str) -> bool:
    """Return True if the line is the separator of a forwarded mail."""
    found = _SEPARATOR.fullmatch(line)
    return bool(found and found.lastgroup)


def is_attribution(heading: Sequence[str]) -> bool:
    """Return True if the heading attributes an answered mail, as forwards have none."""
    return _is_attribution(" ".join(heading)) and not is_enclosed("".join(heading))


def may_be_heading(line: str) -> bool:
    """Return True if a line that looks like `label: value` may be an unknown mailer's heading."""
    if _HEADER.match(line):
        return True
    if _ADDRESS.search(line):
        return not _ADDRESS_LABEL.match(line)
    before, _, value = line.rpartition(":")
    words = len(before.split()) + before[:1].islower()
    sentence = words > LABEL_WORDS_MAX or bool(_DATE.search(line))
    return sentence and not value.strip()


def may_be_quoting(line: str) -> bool:
    """Return True if a line between two people may introduce what another wrote."""
    if _HEADER.match(line) or _SENT_TIME.match(line):
        return True
    if _ADDRESS.search(line):
        return not _ADDRESS_LABEL.match(line.strip())
    return bool(_QUOTING.search(line))


def _attribution_length(lines: Sequence[str], index: int) -> int:
    """Return how many lines the attribution has; mailers wrap it."""
    first = lines[index]
    if _is_attribution(first):
        return 1
    if not (
        _ATTRIBUTION_START.match(first) or _DATE.search(first) or "@" in first or "<" in first
    ):
        return 0
    for count in range(2, ATTRIBUTION_LINES_MAX + 1):
        wrapped = lines[index : index + count]
        if wrapped[-1].strip() and _is_attribution(" ".join(wrapped)):
            return count
    return 0


def _is_attribution(line: str) -> bool:
    if len(line) > ATTRIBUTION_CHARACTERS_MAX:
        return False
    if _ATTRIBUTION.fullmatch(line):
        return True
    if not _BRACKETED_ADDRESS.search(line) or not _DATE.search(_ADDRESS.sub(" ", line)):
        return False
    text = line.strip(_DECORATION)
    begins_with_date = text[:1].isdigit() and text[-1:] in (">", "]", ")")
    return text.endswith(":") or text.lower().endswith(_VERBS) or begins_with_date


def _is_header_block(lines: Sequence[str], index: int) -> bool:
    if index >= len(lines) or not _HEADER.match(lines[index]):
        return False
    block = lines[index : index + HEADER_LINES_MAX]
    found = {match.lastgroup: line for line in block if (match := _HEADER.match(line))}
    if len(found) < HEADERS_MIN or "sender" not in found:
        return False
    sent = _ADDRESS.search(found["sender"]) and _DATE.search(found.get("date", ""))
    return bool(sent) or any(_SENT_TIME.match(line) for line in block)
