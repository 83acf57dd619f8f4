"""Decide whether the values of a letter may belong to several people.

They may as soon as one question has two different answers, or an answer follows free text that
stands below another answer: a heading, a testimony, a signature. A label that we don't know is not
free text, nor is its value: the next line if none stands beside the label, or else further lines
with digits, as addresses have. Two professions under two labels (a rank, and the post it is held
in) leave only that question open.
"""

import re

from channels.email.quote_headings import may_be_heading
from core.fields.name_matching import fold_name

NIK, NAME, PROFESSION, PHONE = "nik", "full_name", "profession", "phone"
NUMBERS = frozenset({NIK, PHONE})

_UNKNOWN_LABEL = re.compile(r"[^\W\d][\w ,./()'-]{1,38}+\t*+[:=\uff1a]")
_MOBILE = "8"  # begins a number, without its 0 or 62
_NO_DIGIT = re.compile(r"[^0-9]+")


class FreeText:
    """Tells free text from labels that we don't know and their values, line by line."""

    def __init__(self) -> None:
        self._value_below = self._value_beside = False

    def is_next(self, line: str) -> bool:
        """Return True if the next line, stripped, is free text."""
        label = None if may_be_heading(line) else _UNKNOWN_LABEL.match(line)
        continues = self._value_below or (self._value_beside and any(map(str.isdigit, line)))
        self._value_below = label is not None and not line[label.end() :].strip()
        self._value_beside = bool(line) and (label is not None or continues)
        return bool(line) and label is None and not continues

    @property
    def is_open(self) -> bool:
        """Return True if a label above has no value: it may be a heading, such as a name."""
        return self._value_below

    def interrupt(self) -> None:
        """Forget the label above: an answer stands here."""
        self._value_below = self._value_beside = False


class LetterValues:
    """The answers of a letter, added in its order; `several`: they may be several people's."""

    def __init__(self) -> None:
        self.several = False
        self._values: dict[str, str] = {}
        self._unclear: set[str] = set()
        self._labels: set[tuple[str, str]] = set()
        self._separated = False
        self._free_text = FreeText()

    def note_other_line(self, line: str, *, testifies: bool, of_another: bool) -> None:
        """Take note of a line without a label that we know.

        `testifies`: it speaks for others; `of_another`: what follows is who signs, or a contact.
        """
        free = self._free_text.is_next(line.strip())
        if self._values and not self.several:
            self.several = testifies and NIK not in self._values
            self._separated = self._separated or testifies or of_another or free

    def add(self, key: str, value: str, label: str) -> None:
        """Add an answer; a repetition changes nothing."""
        again = (key, label) in self._labels
        self._labels.add((key, label))
        if key == PHONE and self._free_text.is_open and self._values:
            self._unclear.add(key)
        self._free_text.interrupt()
        before = self._values.get(key)
        if before is not None and comparable(key, before) == comparable(key, value):
            return
        self._values.setdefault(key, value)
        self.several = self.several or self._separated or _has_cells(value)
        if before is None or self.several:
            return
        if key == PROFESSION and not again:
            self._unclear.add(key)
        else:
            self.several = True

    def answers(self) -> dict[str, str]:
        """Return the first answer to each question, without unclear ones."""
        return {key: value for key, value in self._values.items() if key not in self._unclear}


def comparable(key: str, value: str) -> str:
    """Return the value in the form in which equal answers are equal."""
    if key not in NUMBERS:
        return fold_name(value)
    digits = _NO_DIGIT.sub("", value)
    return digits if key == NIK else digits.removeprefix("62").lstrip("0")


def is_landline(key: str, value: str) -> bool:
    """Return True for an Indonesian number that is no mobile one: the telephone of a house."""
    international = value.lstrip().startswith("+")
    return key == PHONE and not international and not comparable(key, value).startswith(_MOBILE)


def _has_cells(value: str) -> bool:
    """Return True if two cells of a table stand here: those of two people, side by side."""
    return "\t" in value
