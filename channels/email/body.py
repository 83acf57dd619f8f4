"""Read what a mail says as lines of text, out of its parts, its encodings and its HTML."""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeVar

from channels.contract import RejectedError
from channels.email.headers import Part, decode_text, split_part
from channels.email.html import read_html, without_comments
from core.messages import ATTACHMENT, FORWARDED, REST

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
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_FIELD_CHARACTERS_MAX = 2_000
_FILES = tuple(
    f"text/{kind}" for kind in ("csv", "tab-separated", "calendar", "vcard", "x-vcard", "rtf")
)
_SEALS = tuple(  # signatures that programs make
    f"application/{kind}" for kind in ("pgp-signature", "pkcs7-signature", "x-pkcs7-signature")
)

_Some = TypeVar("_Some", str, bytes)


class Text(NamedTuple):
    """The lines of a mail, and the kinds of what it has besides, which nobody reads."""

    lines: list[str]
    unread: frozenset[str]


@dataclass(slots=True)
class _Room:
    """What may still be read, of all parts together, and the kinds of what was not."""

    left: dict[str, int]
    parts: Iterator[int]
    texts: Iterator[int]
    unread: set[str] = field(default_factory=set[str])

    def take(self, some: _Some, of: str) -> _Some:
        """Return as much of it as may be read."""
        taken = some[: self.left[of]]
        self.left[of] -= len(taken)
        if len(taken) < len(some):
            self.unread.add(REST)
        return taken


def read_text(mail: Part) -> Text:
    """Return the text of the mail; attachments and forwarded mails are left alone."""
    left = {
        "characters": TEXT_CHARACTERS_MAX,
        "markup": MARKUP_CHARACTERS_MAX,
        "encoded": ENCODED_BYTES_MAX,
    }
    room = _Room(left, iter(range(PARTS_MAX)), iter(range(TEXTS_MAX)))
    text = _read(mail, "", DEPTH_MAX, room).replace("\0", "\ufffd").replace("\xa0", " ")
    lines = _BREAK.split(text, LINES_MAX)[:LINES_MAX]
    return Text([line[:LINE_CHARACTERS_MAX] for line in lines], frozenset(room.unread))


def _read(part: Part, within: str, depth: int, room: _Room) -> str:
    """Return the text of a part; `within` is the kind of what it is a part of."""
    content = part.get("content-type")[:_FIELD_CHARACTERS_MAX]
    kind = content.partition(";")[0].strip().lower()
    attached = part.get("content-disposition").lower().startswith("attachment")
    if kind.startswith("multipart/") and not attached:
        return _read_parts(part, content, depth, room) if depth else ""
    if attached or not _is_text(kind):
        if not _is_ornament(part, kind, within):
            room.unread.add(FORWARDED if kind == "message/rfc822" else ATTACHMENT)
        return ""
    if next(room.texts, None) is None:
        return ""
    return _read_words(part, content, room)


def _is_text(kind: str) -> bool:
    return (kind.startswith("text/") and not kind.startswith(_FILES)) or "/" not in kind


def _is_ornament(part: Part, kind: str, within: str) -> bool:
    """Tell a logo in a signature, a seal or another form of the text from what people attach."""
    if kind in _SEALS or (within == "multipart/alternative" and kind.startswith("text/")):
        return True
    shown = (
        within == "multipart/related" or part.get("content-disposition").lower()[:6] == "inline"
    )
    return kind.startswith("image/") and shown and bool(part.get("content-id"))


def _read_words(part: Part, content: str, room: _Room) -> str:
    text = _decode(part, content, room)
    if content.lower().lstrip().startswith("text/html"):
        text = read_html(room.take(without_comments(text), "markup"))
    return room.take(text, "characters")


def _read_parts(part: Part, content: str, depth: int, room: _Room) -> str:
    boundary = _value(_BOUNDARY, content)
    if not boundary:
        return room.take(decode_text(room.take(part.body, "encoded"), ""), "characters")
    parts = list(_split(part.body, boundary, room.parts))
    kind = content.partition(";")[0].strip().lower()
    if kind != "multipart/alternative":
        texts = (_read(child, kind, depth - 1, room) for child in parts)
        return "\n".join(text for text in texts if text.strip())
    parts.sort(key=lambda child: "text/plain" not in child.get("content-type").lower())
    found = ""
    for child in parts:  # what else they hold is seen, and not read
        text = _read(child, kind, depth - 1, replace(room, texts=iter(())) if found else room)
        found = found or (text if text.strip() else "")
    return found


def _split(body: bytes, boundary: str, parts: Iterator[int]) -> Iterator[Part]:
    body, mark = b"\n" + body, b"\n--" + boundary.encode("utf-8", "replace")
    at = _find(body, mark, 0)
    for _ in parts:
        began = body.find(b"\n", at + 1) + 1
        if at < 0 or not began or body.startswith(b"--", at + len(mark)):
            return
        at = _find(body, mark, began - 1)
        yield from _part(body[began:at] if at >= 0 else body[began:])  # the last may break off


def _find(body: bytes, mark: bytes, at: int) -> int:
    """Return where the mark next stands on a line of its own, or -1; another may begin like it."""
    while (at := body.find(mark, at)) >= 0:
        rest = body[at + len(mark) : at + len(mark) + 3]
        if rest.removeprefix(b"--")[:1].strip() == b"":
            return at
        at += len(mark)
    return -1


def _part(raw: bytes) -> Iterator[Part]:
    try:
        yield split_part(raw, bytes_max=PART_HEAD_BYTES_MAX)
    except RejectedError:
        return


def _decode(part: Part, content: str, room: _Room) -> str:
    body = room.take(part.body, "encoded")
    encoding = part.get("content-transfer-encoding").strip().lower()
    if encoding == "base64":
        body = _base64(body)
    elif encoding == "quoted-printable":
        body = a2b_qp(body)
    return decode_text(body, _value(_CHARSET, content))


def _base64(body: bytes) -> bytes:
    letters = _NOT_BASE64.sub(b"", body)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return a2b_base64(letters + b"=" * (-len(letters) % 4))
    except Error:
        return b""


def _value(pattern: re.Pattern[str], content: str) -> str:
    match = pattern.search(content)
    return (match[1] or match[2] or "").rstrip() if match else ""
