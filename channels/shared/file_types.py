"""Files that an official will read as evidence: told by their content, whatever they are called.

A file may be of another kind besides, as far as others read it. So nothing here is ever opened by
us: it is kept as it came, and given to an official as a file to save, of the type named here.
"""

from typing import Final

EVIDENCE_BYTES_MAX: Final = 5 * 1024 * 1024  # of one file; a photograph of a phone has 3 MiB
HEAD_BYTES: Final = 1_024  # of a file, by which it is known

_PICTURES: Final = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))


def evidence_type(file: bytes) -> str:
    """Return the media type of a PDF, JPEG or PNG, "" of any other file."""
    head = file[:HEAD_BYTES]
    for start, picture in _PICTURES:
        if head.startswith(start):
            return picture
    return "application/pdf" if b"%PDF-" in head else ""  # most readers allow bytes before it
