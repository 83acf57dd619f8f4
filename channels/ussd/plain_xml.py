"""Read the XML of a gateway: elements, attributes and text, and nothing that can expand.

A document type is refused where it begins, and with it every entity but the five that XML itself
knows (`&amp;`) and numbers (`&#10;`). Nothing is fetched. The text is UTF-8, whatever it declares.
"""

from typing import Final
from xml.parsers import expat

from channels.contract import RejectedError

XML_BYTES_MAX: Final = 32_768
ELEMENTS_MAX: Final = 100
XML_DEPTH_MAX: Final = 8


class _Reader:
    """Collects the texts by path while the parser runs."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self._path: list[str] = []
        self._parts: list[list[str]] = []
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        self._elements += 1
        if self._elements > ELEMENTS_MAX or len(self._path) == XML_DEPTH_MAX:
            raise RejectedError("the XML is too large or too deep")
        self._path.append(f"/{_local(name)}")
        self._parts.append([])
        for attribute, value in attributes.items():
            self.texts.setdefault(f"{''.join(self._path)}/@{_local(attribute)}", value)

    def text(self, data: str) -> None:
        """Take a piece of an element's own text."""
        self._parts[-1].append(data)

    def end(self, _name: str) -> None:
        """Leave an element."""
        self.texts.setdefault("".join(self._path), "".join(self._parts.pop()))
        self._path.pop()


def read_xml(body: bytes) -> dict[str, str]:
    """Return the text of each element and attribute by its path, or raise `RejectedError`."""
    if len(body) > XML_BYTES_MAX:
        raise RejectedError("the XML is too large", status=413)
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.text
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(body.decode(errors="replace"), True)  # noqa: FBT003 pyexpat's own call
    except expat.ExpatError:
        raise RejectedError("the body is not XML") from None
    return reader.texts


def _refuse(*_declared: object) -> None:
    raise RejectedError("the XML has a document type")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
