"""The files of a mail: lists of staff, and evidence, told apart by name, type and content.

A file is what its content says; where a content has many uses (a zip, a text), the name or the
type must say so, too. Nothing is decoded here but the beginning.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Sequence
from string import ascii_letters, digits
from typing import Final, NamedTuple

from channels.email.headers import Part, decode_field
from channels.shared.file_types import HEAD_BYTES, evidence_type
from core.messages import AttachedFile

FILES_MAX: Final = 10  # of one mail
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV: Final = "text/csv"
OTHER_TABLE: Final = "application/vnd.oasis.opendocument.spreadsheet"  # ODS, XLS: not read
TABLES: Final = frozenset({XLSX, CSV, OTHER_TABLE})

_ENCODED_BYTES: Final = 4 * HEAD_BYTES  # any encoding of them, with its line ends
_BASE64: Final = f"{ascii_letters}{digits}+/".encode()
_NOT_BASE64: Final = bytes(set(range(256)).difference(_BASE64))
_SUFFIX = re.compile(r"\.([a-z]{2,4})(?![a-z0-9.])")
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_BOMS = (b"\xff\xfe", b"\xfe\xff")  # of UTF-16
_TABLE_SUFFIXES = {"csv": CSV, "tsv": CSV, "tab": CSV, "xlsx": XLSX, "xlsm": XLSX}
_TABLE_SUFFIXES |= {"xls": OTHER_TABLE, "ods": OTHER_TABLE, "xlsb": OTHER_TABLE}
_TABLE_TYPES = (
    ("text/csv", CSV),
    ("text/tab-separated-values", CSV),
    (XLSX, XLSX),
    ("application/vnd.ms-excel", OTHER_TABLE),
    (OTHER_TABLE, OTHER_TABLE),
)


class Attachments(NamedTuple):
    """The files that are read, and whether there are others."""

    files: tuple[AttachedFile, ...]
    others: bool


def read_attachments(parts: Sequence[Part]) -> Attachments:
    """Return the files among the attached parts, in order."""
    found = [_read(place, part) for place, part in enumerate(parts[:FILES_MAX], 1)]
    files = tuple(one for one in found if one.media_type)
    return Attachments(files, others=len(files) < len(parts))


def decode(body: bytes, encoding: str) -> bytes:
    """Return the bytes of a body (RFC 2045, 6.1), without what is no part of its encoding."""
    if encoding == "base64":
        return _base64(body)
    return a2b_qp(body) if encoding == "quoted-printable" else body


def _read(place: int, part: Part) -> AttachedFile:
    encoding = part.get("content-transfer-encoding").strip().lower()
    head = decode(part.body[:_ENCODED_BYTES], encoding)[:HEAD_BYTES]
    return AttachedFile(place, _media_type(part, head), part.body, encoding)


def _media_type(part: Part, head: bytes) -> str:
    """Return the type of a file that is read, or "" for any other."""
    return evidence_type(head) or _table(_declared(part), head)


def _table(declared: str, head: bytes) -> str:
    if declared == OTHER_TABLE or (declared and head.startswith(_OLE)):
        return OTHER_TABLE
    if head.startswith(_ZIP):
        return XLSX if declared == XLSX else ""
    is_text = head.startswith(_BOMS) or b"\0" not in head
    return CSV if declared == CSV and is_text else ""


def _declared(part: Part) -> str:
    """Return the kind of table that name or type claim; the name is the surer one."""
    content_type = part.get("content-type").lower()
    for field in (part.get("content-disposition"), content_type):
        for suffix in reversed(_SUFFIX.findall(decode_field(field).lower())):
            if suffix in _TABLE_SUFFIXES:
                return _TABLE_SUFFIXES[suffix]
    return next((table for kind, table in _TABLE_TYPES if content_type.startswith(kind)), "")


def _base64(body: bytes) -> bytes:
    letters = body.translate(None, _NOT_BASE64)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return a2b_base64(letters + b"=" * (-len(letters) % 4))
    except Error:
        return b""
