"""Read what stands in a request at a place: in its query, its form, its JSON or its XML.

A place is `query:NAME`, `form:NAME`, `json:/POINTER` (RFC 6901) or `xml:/ROOT/CHILD`, of an
attribute `xml:/ROOT/@NAME`. XML names are without their prefixes; the first of a name counts.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import msgspec

from channels.contract import RejectedError, Request
from channels.shared.forms import read_form, read_query
from channels.ussd.plain_xml import read_xml

VALUES_MAX: Final = 100  # in a JSON body
DEPTH_MAX: Final = 8
_INTEGER_BELOW: Final = 10**18  # longer ones are no number of a phone, session or kind
_PLACE: Final = {
    "query": re.compile(r"[!-~]{1,64}"),
    "form": re.compile(r"[!-~]{1,64}"),
    "json": re.compile(r"(?:/[^/\s]{1,64}){1,8}"),
    "xml": re.compile(r"(?:/[A-Za-z_][\w.-]{0,63}){1,8}(?:/@[A-Za-z_][\w.-]{0,63})?"),
}


def check_place(place: str) -> str:
    """Return the place as it is, or raise ValueError."""
    part, _, name = place.partition(":")
    if part not in _PLACE or not _PLACE[part].fullmatch(name):
        raise ValueError("is no place; one is query:NAME, form:NAME, json:/NAME or xml:/ROOT/NAME")
    return place


class Fields:
    """The values of one request; each of its parts is parsed once, if a place needs it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._parts: dict[str, Mapping[str, str]] = {}

    def get(self, place: str) -> str:
        """Return the text at the place, "" if there is none; or raise `RejectedError`."""
        part, _, name = place.partition(":")
        if part not in self._parts:
            self._parts[part] = _READERS[part](self._request)
        return self._parts[part].get(name, "")


def read_json(body: bytes) -> dict[str, str]:
    """Return the texts, integers and truth values by JSON pointer, or raise `RejectedError`."""
    try:
        content = msgspec.json.decode(body)
        found = dict[str, str]()
        for pointer, value in _walk("", content, DEPTH_MAX):
            found[pointer] = value
            if len(found) > VALUES_MAX:
                raise RejectedError("the JSON has too many values")
    except (ValueError, RecursionError):
        raise RejectedError("the body is not JSON") from None
    return found


def _walk(pointer: str, value: object, depth: int) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield pointer, value.replace("\0", "\ufffd")
        case bool():
            yield pointer, "true" if value else "false"
        case int() if abs(value) < _INTEGER_BELOW:
            yield pointer, str(value)
        case dict() if depth:
            for name, inner in value.items():
                step = str(name).replace("~", "~0").replace("/", "~1")
                yield from _walk(f"{pointer}/{step}", inner, depth - 1)
        case list() if depth:
            for at, inner in enumerate(value):
                yield from _walk(f"{pointer}/{at}", inner, depth - 1)
        case _:
            return


_READERS: Final[Mapping[str, Callable[[Request], Mapping[str, str]]]] = {
    "query": read_query,
    "form": lambda request: read_form(request.body),
    "json": lambda request: read_json(request.body),
    "xml": lambda request: read_xml(request.body),
}
