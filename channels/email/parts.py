"""Write the body of our letters: the text and its attachments, as MIME (RFC 2045, 2046)."""

from binascii import b2a_base64, b2a_qp
from collections.abc import Sequence
from dataclasses import dataclass, field

LINE_BYTES = 57  # 76 characters in base64 (RFC 2045, 6.8)


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file; `kind` is its media type."""

    name: str
    kind: str
    data: bytes = field(repr=False)


def write_body(text: str, attachments: Sequence[Attachment], *, boundary: str) -> bytes:
    """Return the `Content-…` fields, an empty line and the body; lines end in a line feed.

    `boundary` must begin with `=_`, which neither encoding can produce (RFC 2045, 6.7).
    """
    text_part = _text_part(text)
    if not attachments:
        return text_part
    parts = (text_part, *map(_attachment_part, attachments))
    head = f'Content-Type: multipart/mixed; boundary="{boundary}"\n'.encode()
    delimiter = f"\n--{boundary}".encode()  # the line feed belongs to it (RFC 2046, 5.1.1)
    return head + b"".join(delimiter + b"\n" + part for part in parts) + delimiter + b"--\n"


def _text_part(text: str) -> bytes:
    body = "\n".join(text.splitlines()) + "\n"
    head = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable"
    return f"{head}\n\n".encode() + b2a_qp(body.encode("utf-8", "replace"))


def _attachment_part(attachment: Attachment) -> bytes:
    head = (
        f"Content-Type: {attachment.kind}",
        f'Content-Disposition: attachment; filename="{attachment.name}"',
        "Content-Transfer-Encoding: base64",
    )
    starts = range(0, len(attachment.data), LINE_BYTES)
    body = b"".join(b2a_base64(attachment.data[start : start + LINE_BYTES]) for start in starts)
    return "\n".join(head).encode() + b"\n\n" + body
