"""Tell whether the values in a letter may be several people's."""

import re

from channels.email.headings import parts_two
from core.fields.name_matching import fold_name

NIK, NAME, PROFESSION, PHONE = "nik", "full_name", "profession", "phone"
NUMBERS = frozenset({NIK, PHONE})

_OTHER_LABEL = re.compile(r"[^\W\d][\w /()'-]{1,38}+[:=\uff1a]")
_NO_DIGIT = re.compile(r"[^0-9]+")
# Who testifies gives their own name first; who speaks for others may.
_TESTIFIES = re.compile(r"\b(?:menerangkan|certif(?:y|ies))\b", re.IGNORECASE)
_SPEAKS_FOR = re.compile(
    r"\b(?:mendaftarkan(?!\ diri)|mengusulkan|menugaskan|on\ behalf)\b", re.IGNORECASE
)


class Given:
    """The values of a letter, and whether they may be several people's."""

    def __init__(self) -> None:
        self.several = False
        self._values: dict[str, str] = {}
        self._unclear: set[str] = set()
        self._parted = self._below = self._beside = False

    def pass_by(self, line: str) -> None:
        """Take a line without a label that we know.

        Words between a form's lines may part two people's: a heading, a testimony, a signature.
        What a form asks besides parts nothing, nor does its value below it; one that stands beside
        it goes on below with numbers, as addresses do.
        """
        line = line.strip()
        label = None if parts_two(line) else _OTHER_LABEL.match(line)
        goes_on = self._below or (self._beside and any(map(str.isdigit, line)))
        if self._values and not self.several:
            testifies = bool(_TESTIFIES.search(line))
            self.several = testifies and NIK not in self._values
            speaks = testifies or bool(_SPEAKS_FOR.search(line))
            words = bool(line) and label is None and not goes_on
            self._parted = self._parted or speaks or words
        self._below = label is not None and not line[label.end() :].strip()
        self._beside = bool(line) and (label is not None or goes_on)

    def take(self, key: str, value: str) -> None:
        """Take a value. The same once more is no other's."""
        self._below = self._beside = False
        before = self._values.get(key)
        if before is not None and _plain(key, before) == _plain(key, value):
            return
        self._values.setdefault(key, value)
        self.several = self.several or self._parted
        if before is None or self.several:
            return
        if key == PROFESSION:
            self._unclear.add(key)  # a rank, and what it is held as: it is asked for
        else:
            self.several = True

    def answers(self) -> dict[str, str]:
        """Return what is clear."""
        return {key: value for key, value in self._values.items() if key not in self._unclear}


def _plain(key: str, value: str) -> str:
    """Return the value as far as it tells one from another."""
    if key not in NUMBERS:
        return fold_name(value)
    digits = _NO_DIGIT.sub("", value)
    return digits if key == NIK else digits.removeprefix("62").lstrip("0")
