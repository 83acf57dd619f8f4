"""Pages packed for the wire, where the browser takes that: they are half as long, or less.

No page tells by its length what it holds (BREACH): to put text of theirs beside a person's data,
strangers need a seal that they cannot make, and each page's seal is another.
"""

import gzip
from dataclasses import replace
from typing import Final

from channels.contract import Response

PACKED_BYTES_MIN: Final = 1_024  # below it packing gains nothing
HEADER: Final = "accept-encoding"


def pack(response: Response, accepted: str) -> Response:
    """Return the response packed by gzip, if `accepted` (RFC 9110, 12.5.3) names it."""
    if len(response.body) < PACKED_BYTES_MIN or not _takes_gzip(accepted):
        return response
    marks = (("content-encoding", "gzip"), ("vary", HEADER))
    body = gzip.compress(response.body, mtime=0)
    return replace(response, body=body, headers=(*response.headers, *marks))


def _takes_gzip(accepted: str) -> bool:
    for one in accepted.lower().split(","):
        name, _, weight = one.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
