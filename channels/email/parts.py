"""The parts of a letter of ours: its words, and what hangs on them."""

from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass, field

LINE_BYTES = 57  # which make a line of 76 letters in base64 (RFC 2045, 6.8)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file; `kind` is its media type."""

    name: str
    kind: str
    data: bytes = field(repr=False)


def write_body(text: str, attachments: Sequence[Attachment], *, boundary: str) -> bytes:
    """Return the fields that say what the body is, and the body; lines end in a line feed.

    `boundary` has to begin with `=_`, which neither of the encodings can hold (RFC 2045, 6.7).
    """
    words = _words(text)
    if not attachments:
        return words
    parts = (words, *map(_attached, attachments))
    front = f'Content-Type: multipart/mixed; boundary="{boundary}"\n'.encode()
    between = f"\n--{boundary}".encode()  # its line feed is none of the part's
    return front + b"".join(between + b"\n" + part for part in parts) + between + b"--\n"


def _words(text: str) -> bytes:
    body = "\n".join(text.splitlines()) + "\n"
    front = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable"
    return f"{front}\n\n".encode() + b2a_qp(body.encode("utf-8", "replace"))


def _attached(one: Attachment) -> bytes:
    front = (
        f"Content-Type: {one.kind}",
        f'Content-Disposition: attachment; filename="{one.name}"',
        "Content-Transfer-Encoding: base64",
    )
    starts = range(0, len(one.data), LINE_BYTES)
    body = b"".join(b2a_base64(one.data[start : start + LINE_BYTES]) for start in starts)
    return "\n".join(front).encode() + b"\n\n" + body
