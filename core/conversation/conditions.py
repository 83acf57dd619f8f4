"""Read which conditions of a list somebody names: `2 4`, `2,4`, `24`, `2 dan 4`, `tidak ada`."""

import re
from collections.abc import Container, Iterator, Sequence
from typing import Final

from core.campaign import Campaign
from core.fields.choice import fold, parse_choice
from core.fields.invalid import InvalidError
from core.wording.typed import TypedWords

LISTED_LENGTH_MAX: Final = 120  # of an answer; a longer one is a story
_BETWEEN: Final = re.compile(r"[,;.&+*/\n]")  # on USSD, a person may type `2*4`


class Conditions:
    """The words of every offered language for the conditions that the campaign asks about."""

    def __init__(self, typed: TypedWords, campaign: Campaign) -> None:
        none = (*typed.words("no"), *typed.words("none_of_these"), "1")
        self._none = frozenset(map(fold, none))
        self._joints = frozenset(map(fold, typed.words("and")))
        self._codes = {
            fold(word): one.code
            for one in campaign.screening.questions
            for word in (*one.short.values(), *one.label.values(), *one.words)
        }
        self.words = (*self._none, *self._codes)

    def read(self, text: str, codes: Sequence[str], courtesies: Container[str]) -> frozenset[str]:
        """Return the named ones of `codes`, which are numbered from 2; `1` is none of them.

        Only a condition is heard in spite of a slip. Raises `InvalidError` where anything else is
        said, or none and some.
        """
        if fold(text) in self._none:
            return frozenset()
        if len(text) > LISTED_LENGTH_MAX:
            raise InvalidError("choice_unclear")
        known = {word: code for word, code in self._codes.items() if code in codes}
        known |= {str(number): code for number, code in enumerate(codes, 2)}
        parts = (text,) if fold(text) in known else self._parts(text, courtesies)
        named = frozenset(
            parse_choice(one, known) for part in parts for one in _apart(part, known)
        )
        if not named:
            raise InvalidError("choice_unclear")
        return named

    def _parts(self, text: str, courtesies: Container[str]) -> Iterator[str]:
        """Yield the numbers, and the words between joints."""
        for piece in _BETWEEN.split(text):
            words = [word for word in fold(piece).split() if word not in courtesies]
            yield from filter(str.isdecimal, words)
            joint = {*self._joints, *filter(str.isdecimal, words)}
            phrases = " ".join("," if word in joint else word for word in words).split(",")
            yield from filter(None, map(str.strip, phrases))


def _apart(part: str, known: Container[str]) -> tuple[str, ...]:
    """Return the numbers that stand together in one: `24` of a list without so many lines."""
    if part.isdecimal() and part not in known and all(digit in known for digit in part):
        return tuple(part)
    return (part,)
