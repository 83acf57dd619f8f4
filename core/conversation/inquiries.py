"""Read what a text asks about registrations: `STATUS 7K3M-9QXC`, an appeal."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from core.fields.choice import fold
from core.registration.number import MistypedNumberError, parse_number
from core.wording.typed import TypedWords

INQUIRY_LENGTH_MAX: Final = 200  # of a question about one registration

_WORD = re.compile(r"(?:(?<!\.)\.*+[^\s:=,;#*\"'<>()?!.])++")  # dots at its end are none of it
_NUMBERED = re.compile(r"[0-9-]")  # a long word of letters alone may look like a number, too

Inquired = Literal["status", "appointment", "correct", "leave", "looks"]
_INQUIRIES: Final[tuple[tuple[Inquired, ...], ...]] = (
    ("status", "appointment"),
    ("correct", "leave", "looks"),
)


class Inquiry(NamedTuple):
    """A question about one registration: `STATUS 7K3M-9QXC`."""

    purpose: Inquired
    number: str


class Inquiries:
    """The words of questions about a registration; `commands` are named by their folded words."""

    def __init__(self, typed: TypedWords, commands: Mapping[str, str]) -> None:
        self._commands = commands
        self._appeals = frozenset(map(fold, typed.words("appeal")))

    def read(self, text: str) -> Inquiry | None:
        """Return the question about a registration in `text`; None for any other text."""
        asked = {self._command(word) for word in _WORD.findall(text[:INQUIRY_LENGTH_MAX])}
        if asked == {None}:  # as of a name
            return None
        named = [[one for one in kinds if one in asked] for kinds in _INQUIRIES]
        purposes = named[0] or named[1]  # `ubah jadwal` is about the appointment
        if len(purposes) != 1 or (number := self.find_number(text)) is None:
            return None
        return Inquiry(purposes[0], number)

    def is_appeal(self, text: str) -> bool:
        """Return True if the text speaks of an appeal, or of the letter that it needs."""
        words = f" {fold(text[:INQUIRY_LENGTH_MAX])} "
        return any(f" {phrase} " in words for phrase in self._appeals)

    def asks_status(self, text: str) -> bool:
        """Return True if a short text asks for a status, of no registration in particular."""
        words = _WORD.findall(text) if len(text) <= INQUIRY_LENGTH_MAX else ()
        return any(self._command(word) == "status" for word in words) and not self.read(text)

    def find_number(self, text: str) -> str | None:
        """Return the one registration number in the text, with or without words around it."""
        if len(text) > INQUIRY_LENGTH_MAX:
            return None
        words = [word for word in _WORD.findall(text) if word.lower() not in self._commands]
        halves = [f"{one} {other}" for one, other in pairwise(words)]
        likely = [one for one in (*words, *halves) if _NUMBERED.search(one)]
        found = {number for one in (*likely, " ".join(words)) if (number := _number(one))}
        return found.pop() if len(found) == 1 else None

    def alone(self, text: str, surrounds: Callable[[str], bool]) -> str | None:
        """Return the registration number that is all that a short text says; None otherwise.

        `surrounds` tells which folded words may stand around it.
        """
        if len(text) > INQUIRY_LENGTH_MAX or not _NUMBERED.search(text):
            return None
        said = (word for word in _WORD.findall(text) if not surrounds(fold(word)))
        number = _number(" ".join(said))
        return number if number and not number.replace("-", "").isdecimal() else None

    def _command(self, word: str) -> str | None:
        return self._commands.get(fold(word))


def _number(text: str) -> str | None:
    try:
        return parse_number(text)
    except MistypedNumberError:
        return None
