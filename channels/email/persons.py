"""Decide whether the values of a letter may belong to several people.

They may as soon as one question has two different answers, or an answer follows free text that
stands below another answer: a heading, a testimony, a signature. A label that we don't know is not
free text, nor is its value: the next line if none stands beside the label, or else further lines
with digits, as addresses have. Two professions (a rank, and the post it is held in) leave only
that question open.
"""

import re

from channels.email.quote_headings import may_be_heading
from core.fields.name_matching import fold_name

NIK, NAME, PROFESSION, PHONE = "nik", "full_name", "profession", "phone"
NUMBERS = frozenset({NIK, PHONE})

_UNKNOWN_LABEL = re.compile(r"[^\W\d][\w /()'-]{1,38}+[:=\uff1a]")
_NO_DIGIT = re.compile(r"[^0-9]+")
# A certificate names its signatory before its subject; a letter on behalf of others may.
_TESTIFIES = re.compile(r"\b(?:menerangkan|certif(?:y|ies))\b", re.IGNORECASE)
_SPEAKS_FOR = re.compile(
    r"\b(?:mendaftarkan(?!\ diri)|mengusulkan|menugaskan|on\ behalf)\b", re.IGNORECASE
)


class LetterValues:
    """The answers of a letter, added in its order; `several`: they may be several people's."""

    def __init__(self) -> None:
        self.several = False
        self._values: dict[str, str] = {}
        self._unclear: set[str] = set()
        self._separated = self._value_below = self._value_beside = False

    def note_other_line(self, line: str) -> None:
        """Take note of a line without a label that we know."""
        line = line.strip()
        label = None if may_be_heading(line) else _UNKNOWN_LABEL.match(line)
        continues = self._value_below or (self._value_beside and any(map(str.isdigit, line)))
        if self._values and not self.several:
            testifies = bool(_TESTIFIES.search(line))
            self.several = testifies and NIK not in self._values
            separates = testifies or bool(_SPEAKS_FOR.search(line))
            free_text = bool(line) and label is None and not continues
            self._separated = self._separated or separates or free_text
        self._value_below = label is not None and not line[label.end() :].strip()
        self._value_beside = bool(line) and (label is not None or continues)

    def add(self, key: str, value: str) -> None:
        """Add an answer; a repetition changes nothing."""
        self._value_below = self._value_beside = False
        before = self._values.get(key)
        if before is not None and _comparable(key, before) == _comparable(key, value):
            return
        self._values.setdefault(key, value)
        self.several = self.several or self._separated
        if before is None or self.several:
            return
        if key == PROFESSION:
            self._unclear.add(key)
        else:
            self.several = True

    def answers(self) -> dict[str, str]:
        """Return the first answer to each question, without unclear ones."""
        return {key: value for key, value in self._values.items() if key not in self._unclear}


def _comparable(key: str, value: str) -> str:
    """Return the value in the form in which equal answers are equal."""
    if key not in NUMBERS:
        return fold_name(value)
    digits = _NO_DIGIT.sub("", value)
    return digits if key == NIK else digits.removeprefix("62").lstrip("0")
