"""Extract the text of a mail as lines, from its MIME parts (RFC 2045, RFC 2046).

The text is every text part that is not a file, in order; of `multipart/alternative` the first part
with any text, plain before HTML. Files are not read here but returned, unless they only decorate
the text; attached mails are kept apart. All bounds are for the whole mail; cutting text at one
reports `REST`, and the line that is cut is not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeVar

from channels.contract import RejectedError
from channels.email.attachments import decode
from channels.email.headers import Part, decode_text, split_part
from channels.email.html import read_html, without_comments
from core.messages import FORWARDED, REST

DEPTH_MAX: Final = 8
PARTS_MAX: Final = 100  # in the whole mail; what follows is not read
PART_HEAD_BYTES_MAX: Final = 16_384
TEXTS_MAX: Final = 20  # in the whole mail
TEXT_CHARACTERS_MAX: Final = 20_000  # in the whole mail; four answers and a greeting have 1,000
MARKUP_CHARACTERS_MAX: Final = 60_000  # the same of HTML, most of which nobody sees
ENCODED_BYTES_MAX: Final = 131_072  # the same before it is decoded
LINES_MAX: Final = 2_000
LINE_CHARACTERS_MAX: Final = 1_000

_PARAMETER = r';\s*{}\s*=\s*(?:"([^"]{{0,200}})"|([^\s;"]{{1,200}}))'
_BOUNDARY = re.compile(_PARAMETER.format("boundary"), re.IGNORECASE)
_CHARSET = re.compile(_PARAMETER.format("charset"), re.IGNORECASE)
_LINE_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_CONTENT_TYPE_CHARACTERS_MAX = 2_000
_FILE_TYPES = tuple(
    f"text/{name}" for name in ("csv", "tab-separated", "calendar", "vcard", "x-vcard", "rtf")
)
_SIGNATURE_TYPES = tuple(
    f"application/{name}" for name in ("pgp-signature", "pkcs7-signature", "x-pkcs7-signature")
)

_Data = TypeVar("_Data", str, bytes)


class AttachedMail(NamedTuple):
    """A mail that is attached to another: its `From`, and its lines."""

    sender: str
    lines: list[str]


class MailText(NamedTuple):
    """The lines of a mail, and what was not read: `FORWARDED`, `REST`.

    `attached` are the mails within it, `files` its other files; `has_html`: the same text is there
    as HTML.
    """

    lines: list[str]
    unread: frozenset[str]
    attached: tuple[AttachedMail, ...] = ()
    files: tuple[Part, ...] = ()
    has_html: bool = False


@dataclass(slots=True)
class _Budget:
    """What may still be read of all parts together, and what was left unread."""

    left: dict[str, int]
    parts: Iterator[int]
    texts: Iterator[int]
    first: str = "text/plain"  # of several forms of one text
    unread: set[str] = field(default_factory=set[str])
    files: list[Part] = field(default_factory=list[Part])
    attached: list[AttachedMail] = field(default_factory=list[AttachedMail])
    others: set[str] = field(default_factory=set[str])  # the media types of other forms

    def take(self, data: _Data, of: str) -> _Data:
        """Return as much of `data` as `left[of]` still allows."""
        taken = data[: self.left[of]]
        self.left[of] -= len(taken)
        if len(taken) < len(data):
            self.unread.add(REST)
        return taken


def read_text(mail: Part, *, html_first: bool = False, lines_max: int | None = None) -> MailText:
    """Return the text of the mail; of several forms the plain one, or that in HTML.

    `lines_max` are fewer lines than `LINES_MAX` that are read.
    """
    left = {
        "characters": TEXT_CHARACTERS_MAX,
        "markup": MARKUP_CHARACTERS_MAX,
        "encoded": ENCODED_BYTES_MAX,
    }
    first = "text/html" if html_first else "text/plain"
    budget = _Budget(left, iter(range(PARTS_MAX)), iter(range(TEXTS_MAX)), first)
    lines = _lines(_read_part(mail, "", DEPTH_MAX, budget), lines_max or LINES_MAX, budget)
    unread, has_html = frozenset(budget.unread), "text/html" in budget.others
    return MailText(lines, unread, tuple(budget.attached), tuple(budget.files), has_html)


def _lines(text: str, lines_max: int, budget: _Budget) -> list[str]:
    text = text.replace("\0", "\ufffd").replace("\xa0", " ")
    *lines, rest = [*_LINE_BREAK.split(text, lines_max), ""][: lines_max + 1]
    if rest.strip():
        budget.unread.add(REST)
    return [line[:LINE_CHARACTERS_MAX] for line in lines]


def _read_part(part: Part, parent_type: str, depth: int, budget: _Budget) -> str:
    """Return the text of a part; `parent_type` is the media type of the enclosing multipart."""
    content_type = part.get("content-type")[:_CONTENT_TYPE_CHARACTERS_MAX]
    media_type = content_type.partition(";")[0].strip().lower()
    attached = part.get("content-disposition").lower().startswith("attachment")
    if media_type.startswith("multipart/") and not attached:
        return _read_multipart(part, content_type, depth, budget) if depth else ""
    if media_type == "message/rfc822" and depth:
        budget.unread.add(FORWARDED)
        _read_attached_mail(part, depth, budget)
        return ""
    if attached or not _is_text(media_type):
        if not _is_decoration(part, media_type, parent_type):
            budget.files.append(part)
        return ""
    if next(budget.texts, None) is None:
        return ""
    return _read_text_part(part, content_type, budget)


def _read_attached_mail(part: Part, depth: int, budget: _Budget) -> None:
    for mail in _parse_part(_plain_bytes(part, budget)):
        text = _read_part(mail, "", depth - 1, budget)
        lines = _lines(text, LINES_MAX, budget)
        budget.attached.append(AttachedMail(mail.get("from"), lines))


def _is_text(media_type: str) -> bool:
    is_file = media_type.startswith(_FILE_TYPES)
    return (media_type.startswith("text/") and not is_file) or "/" not in media_type


def _is_decoration(part: Part, media_type: str, parent_type: str) -> bool:
    """Return True if the part is an inline logo, a signature or an alternative of the text."""
    is_alternative = parent_type == "multipart/alternative" and media_type.startswith("text/")
    if is_alternative or media_type in _SIGNATURE_TYPES:
        return True
    disposition = part.get("content-disposition").lower()
    inline = parent_type == "multipart/related" or disposition.startswith("inline")
    return media_type.startswith("image/") and inline and bool(part.get("content-id"))


def _read_text_part(part: Part, content_type: str, budget: _Budget) -> str:
    left = dict(budget.left)
    text = decode_text(_plain_bytes(part, budget), _parameter(_CHARSET, content_type))
    if content_type.lower().lstrip().startswith("text/html"):
        text = read_html(budget.take(without_comments(text), "markup"))
    text = budget.take(text, "characters")
    is_cut = left != budget.left and not all(budget.left.values())
    return text.rpartition("\n")[0] if is_cut and REST in budget.unread else text


def _read_multipart(part: Part, content_type: str, depth: int, budget: _Budget) -> str:
    boundary = _parameter(_BOUNDARY, content_type)
    if not boundary:
        return budget.take(decode_text(budget.take(part.body, "encoded"), ""), "characters")
    parts = list(_split(part.body, boundary, budget.parts))
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type != "multipart/alternative":
        texts = (_read_part(child, media_type, depth - 1, budget) for child in parts)
        return "\n".join(text for text in texts if text.strip())
    parts.sort(key=lambda child: budget.first not in child.get("content-type").lower())
    found, no_texts = "", replace(budget, texts=iter(()))
    for child in parts:  # after the first text the others only report their attachments
        if found:
            budget.others.add(child.get("content-type").partition(";")[0].strip().lower())
        text = _read_part(child, media_type, depth - 1, no_texts if found else budget)
        found = found or (text if text.strip() else "")
    return found


def _split(body: bytes, boundary: str, parts: Iterator[int]) -> Iterator[Part]:
    body, delimiter = b"\n" + body, b"\n--" + boundary.encode("utf-8", "replace")
    at = _find_delimiter(body, delimiter, 0)
    for _ in parts:
        start = body.find(b"\n", at + 1) + 1
        if at < 0 or not start or body.startswith(b"--", at + len(delimiter)):
            return
        at = _find_delimiter(body, delimiter, start - 1)
        raw = body[start:at] if at >= 0 else body[start:]  # the last may be cut off
        yield from _parse_part(raw)


def _find_delimiter(body: bytes, delimiter: bytes, at: int) -> int:
    """Return the index of the next whole delimiter line, or -1; a nested one may begin like it."""
    while (at := body.find(delimiter, at)) >= 0:
        rest = body[at + len(delimiter) : at + len(delimiter) + 3]
        if rest.removeprefix(b"--")[:1].strip() == b"":
            return at
        at += len(delimiter)
    return -1


def _parse_part(raw: bytes) -> Iterator[Part]:
    try:
        yield split_part(raw, bytes_max=PART_HEAD_BYTES_MAX)
    except RejectedError:
        return


def _plain_bytes(part: Part, budget: _Budget) -> bytes:
    """Return the body of a part without its transfer encoding."""
    body = budget.take(part.body, "encoded")
    encoding = part.get("content-transfer-encoding").strip().lower()
    return decode(body, encoding)


def _parameter(pattern: re.Pattern[str], content_type: str) -> str:
    match = pattern.search(content_type)
    return (match[1] or match[2] or "").rstrip() if match else ""
