"""Read what a mail says as lines of text, out of its parts, its encodings and its HTML."""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator
from typing import Final

from channels.base import RejectedError
from channels.email.head import Part, decode_text, split_part
from channels.email.html import read_html

DEPTH_MAX: Final = 8
PARTS_MAX: Final = 100  # beside each other; what follows is not read
TEXTS_MAX: Final = 20  # in the whole mail
TEXT_BYTES_MAX: Final = 262_144  # of one part, encoded; a letter of a person is a few kB
LINES_MAX: Final = 2_000
LINE_CHARACTERS_MAX: Final = 1_000

_PARAMETER = r';\s*{}\s*=\s*(?:"([^"]{{0,200}})"|([^\s;"]{{1,200}}))'
_BOUNDARY = re.compile(_PARAMETER.format("boundary"), re.IGNORECASE)
_CHARSET = re.compile(_PARAMETER.format("charset"), re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_BREAK = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_FIELD_CHARACTERS_MAX = 2_000


def read_lines(mail: Part) -> list[str]:
    """Return the text of the mail as lines; attachments are left alone."""
    text = (
        _read(mail, DEPTH_MAX, iter(range(TEXTS_MAX))).replace("\0", "\ufffd").replace("\xa0", " ")
    )
    lines = _BREAK.split(text, LINES_MAX)[:LINES_MAX]
    return [line[:LINE_CHARACTERS_MAX] for line in lines]


def _read(part: Part, depth: int, budget: Iterator[int]) -> str:
    content = part.get("content-type")[:_FIELD_CHARACTERS_MAX]
    kind = content.partition(";")[0].strip().lower()
    if part.get("content-disposition").lower().startswith("attachment"):
        return ""
    if kind.startswith("multipart/"):
        return _read_parts(part, content, depth, budget) if depth else ""
    if (kind.startswith("text/") or "/" not in kind) and next(budget, None) is not None:
        text = _decode(part, content)
        return read_html(text) if kind == "text/html" else text
    return ""


def _read_parts(part: Part, content: str, depth: int, budget: Iterator[int]) -> str:
    boundary = _value(_BOUNDARY, content)
    if not boundary:
        return decode_text(part.body[:TEXT_BYTES_MAX], "")
    parts = list(_split(part.body, boundary))
    alternative = content.lower().startswith("multipart/alternative")
    if alternative:
        parts.sort(key=lambda child: "text/plain" not in child.get("content-type").lower())
    texts = filter(str.strip, (_read(child, depth - 1, budget) for child in parts))
    return next(texts, "") if alternative else "\n".join(texts)


def _split(body: bytes, boundary: str) -> Iterator[Part]:
    body, mark = b"\n" + body, b"\n--" + boundary.encode("utf-8", "replace")
    at = _find(body, mark, 0)
    for _ in range(PARTS_MAX):
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
        yield split_part(raw)
    except RejectedError:
        return


def _decode(part: Part, content: str) -> str:
    body = part.body[:TEXT_BYTES_MAX]
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
