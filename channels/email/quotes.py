"""Leave out of a letter what its writer did not write now: quotes, signatures, phones' adverts."""

import re
from collections.abc import Sequence
from typing import Final

from channels.email.labels import NIK, read_label

ATTRIBUTION_LINES_MAX: Final = 3
HEADER_LINES_MAX: Final = 6
SIGNATURE_LINES_MAX: Final = 20
HEADERS_MIN: Final = 2  # beside the first: one line `Kepada:` alone is somebody's own

_QUOTED = re.compile(r"\s*>")
_ATTRIBUTION = re.compile(
    r"""\s*(?:(?:On|Op|El|Le|Am)\b.{4,400}\b(?:wrote|schreef|escribió|a\ écrit|schrieb)\b.{0,60}
        |Pada\b.{4,400}\b(?:menulis|menuliskan|wrote|tulis)
        |\S.{2,200}\b(?:wrote|menulis)(?:\ on\b.{4,100})?)\s*:\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_BEGINS = re.compile(r"\s*(?:On|Pada)\b.*[0-9]")
_SEPARATOR = re.compile(
    r"""\s*[-_]{2,}\s*(?:Original\ (?:Message|Appointment)|Pesan\ (?:asli|asal)
        |Forwarded\ message|Pesan\ (?:yang\ )?(?:diteruskan|terusan))\s*[-_]{2,}\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_FROM = re.compile(r"\s*\*?(?:From|Dari)\s*:\s*\*?\s*\S", re.IGNORECASE)
_HEADER = re.compile(
    r"""\s*\*?(?:Sent|Dikirim|Terkirim|Date|Tanggal|To|Kepada|Ke|Untuk|Cc|Tembusan
        |Subject|Perihal|Subjek|Judul|Reply-To)\s*:""",
    re.IGNORECASE | re.VERBOSE,
)
# An official letter has From, To and Subject too; only what a program wrote says when it was sent.
_WHEN = re.compile(
    r"\s*\*?(?:(?:Sent|Dikirim|Terkirim)\s*:|(?:Date|Tanggal)\s*:.*[0-9][:.][0-9]{2}\b)",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*_{5,}\s*")  # which Outlook draws above a quote
_SIGNATURE = re.compile(r"-- ?\s*")
_ADVERT = re.compile(
    r"""\s*(?:Sent\ (?:from|via|using)|Dikirim\ (?:dari|melalui|menggunakan)
        |Get\ Outlook\ for|Dapatkan\ Outlook\ untuk)\b.*""",
    re.IGNORECASE | re.VERBOSE,
)


def new_lines(lines: Sequence[str]) -> list[str]:
    """Return the lines that are new, wherever they stand: above, below or between quoted ones."""
    kept: list[str] = []
    index, written = 0, False
    while index < len(lines):
        line = lines[index]
        skipped = _skip(lines, index, written=written)
        if skipped is None:
            break
        if skipped == 0 and not _ADVERT.fullmatch(line):
            kept.append(line)
            written = written or bool(line.strip())
        index += skipped or 1
    return kept


def _skip(lines: Sequence[str], index: int, *, written: bool) -> int | None:
    """Return how many lines from here are not the writer's; None if all that follow are not."""
    line = lines[index]
    if _QUOTED.match(line):
        return 1
    if written and _is_signature(lines, index):
        return _past_signature(lines, index)
    if read_label(line):
        return 0
    if heading := _heading(lines, index):
        return heading if _quotes_follow(lines, index + heading) else None
    return 0


def _is_signature(lines: Sequence[str], index: int) -> bool:
    """Tell a signature from a line drawn above the form: nobody signs with a NIK."""
    if not _SIGNATURE.fullmatch(lines[index]):
        return False
    below = (read_label(line) for line in lines[index + 1 : index + 1 + SIGNATURE_LINES_MAX])
    return lines[index].startswith("-- ") or all(not one or one.key != NIK for one in below)


def _past_signature(lines: Sequence[str], index: int) -> int | None:
    """A signature ends where quoted lines begin: answers may stand below."""
    following = range(index + 1, len(lines))
    quoted = next((at for at in following if _QUOTED.match(lines[at])), None)
    return None if quoted is None else quoted - index


def _heading(lines: Sequence[str], index: int) -> int:
    """Return how many lines from here introduce a quote."""
    below = index + bool(_RULE.fullmatch(lines[index]))
    if _SEPARATOR.fullmatch(lines[index]) or _is_header_block(lines, below):
        return 1
    return _attribution(lines, index)


def _attribution(lines: Sequence[str], index: int) -> int:
    """Return how many lines `On …, Budi wrote:` takes, which mailers wrap."""
    if _ATTRIBUTION.fullmatch(lines[index]):
        return 1
    if not _BEGINS.match(lines[index]):
        return 0
    for count in range(2, ATTRIBUTION_LINES_MAX + 1):
        if _ATTRIBUTION.fullmatch(" ".join(lines[index : index + count])):
            return count
    return 0


def _is_header_block(lines: Sequence[str], index: int) -> bool:
    if index >= len(lines) or not _FROM.match(lines[index]):
        return False
    following = lines[index + 1 : index + 1 + HEADER_LINES_MAX]
    headers = sum(bool(_HEADER.match(line)) for line in following)
    return headers >= HEADERS_MIN and any(_WHEN.match(line) for line in following)


def _quotes_follow(lines: Sequence[str], index: int) -> bool:
    following = range(index, len(lines))
    first = next((lines[at] for at in following if lines[at].strip()), "")
    return bool(_QUOTED.match(first))
