"""Forms with a file: `multipart/form-data` (RFC 7578) as browsers write it.

The body is cut at its boundaries once, from the left, and no part is looked at twice: the time is
linear in its size, whatever it holds.
"""

import re
from typing import Final, NamedTuple

from channels.contract import RejectedError

PARTS_MAX: Final = 100
HEAD_BYTES_MAX: Final = 2_048  # of a part: its name, and that of a file
BOUNDARY_CHARACTERS_MAX: Final = 70  # RFC 2046, 5.1.1
NAME_BYTES_MAX: Final = 100

_BOUNDARY: Final = re.compile(
    rf';[ \t]*boundary="?([!-~]{{1,{BOUNDARY_CHARACTERS_MAX}}}?)"?[ \t]*(?:;|$)', re.IGNORECASE
)
_NAME: Final = re.compile(rb';[ \t]*name="([^"\r\n]{1,%d})"' % NAME_BYTES_MAX, re.IGNORECASE)
_FILE: Final = re.compile(rb';[ \t]*filename="', re.IGNORECASE)
MEDIA_TYPE: Final = "multipart/form-data"


class MultipartForm(NamedTuple):
    """The fields, stripped, the last of a repeated one; and the content of the one file.

    A field of files without one comes as an empty file: it is none.
    """

    fields: dict[str, str]
    file: bytes


def is_multipart(content_type: str) -> bool:
    """Return True if the body is such a form."""
    return content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def read_multipart(body: bytes, content_type: str) -> MultipartForm:
    """Return what the form holds; raise `RejectedError` (400) if it cannot be read."""
    fields: dict[str, str] = {}
    file = b""
    for part in _parts(body, content_type):
        head, separator, content = part[: HEAD_BYTES_MAX + 4].partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not separator or name is None:
            raise _unreadable()
        content = part[len(head) + len(separator) :]
        if _FILE.search(head) is None:
            fields[_text(name[1])] = _text(content).strip()
        elif content:
            if file:
                raise RejectedError("the form has more than one file")
            file = content
    return MultipartForm(fields, file)


def _parts(body: bytes, content_type: str) -> list[bytes]:
    """Return the parts, without what stands before the first and after the last."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise _unreadable()
    mark = b"\r\n--" + found[1].encode()
    before, *parts = (b"\r\n" + body).split(mark, PARTS_MAX + 1)
    if before or not parts or not parts.pop().startswith(b"--"):
        raise _unreadable()
    if not all(part.startswith(b"\r\n") for part in parts):
        raise _unreadable()
    return parts


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise _unreadable() from None
    if "\x00" in text:
        raise _unreadable()
    return text


def _unreadable() -> RejectedError:
    return RejectedError("the form cannot be read")
