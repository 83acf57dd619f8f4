"""Forms with a file: `multipart/form-data` (RFC 7578) as browsers write it. Pure."""

import re
from typing import Final

from gateway.http.problems import ProblemError
from gateway.operators.console.forms import FIELDS_MAX

_BOUNDARY: Final = re.compile(r';\s*boundary="?([!-~]{1,70}?)"?\s*(?:;|$)', re.IGNORECASE)
_NAME: Final = re.compile(rb';\s*name="([^"\r\n]{1,100})"', re.IGNORECASE)
_FILE: Final = re.compile(rb';\s*filename="', re.IGNORECASE)
_UNREADABLE: Final = "the form cannot be read"


def parse_parts(body: bytes, content_type: str) -> tuple[dict[str, str], bytes]:
    """Return the fields, and the content of the one file; or raise `ProblemError` (422)."""
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise ProblemError(422, _UNREADABLE)
    mark = b"\r\n--" + found[1].encode()
    first, *parts = (b"\r\n" + body).split(mark, FIELDS_MAX)
    if first or not parts or not parts.pop().startswith(b"--"):
        raise ProblemError(422, _UNREADABLE)
    fields: dict[str, str] = {}
    file = b""
    for part in parts:
        head, _, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            raise ProblemError(422, _UNREADABLE)
        if _FILE.search(head):
            file = content
        else:
            fields[_text(name[1])] = _text(content).strip()
    return fields, file


def _text(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise ProblemError(422, _UNREADABLE) from None
    if "\x00" in text:
        raise ProblemError(422, "the form has characters that cannot be written")
    return text
