"""The words of pages: of the operators' console, and of the public form around what it says.

They stand in the contexts `console` and `web` of the catalogs.
"""

import re
from collections.abc import Mapping
from typing import Final

from core.wording.phrase import PLACE, Phrases

ALSO: Final = ("en", "id")  # in this order, where the campaign's own language lacks a phrase


class ConsoleWords:
    """What pages of one kind say, in each language that has words for it."""

    def __init__(
        self, phrases: Mapping[str, Phrases], own: str, facts: Mapping[str, Mapping[str, str]]
    ) -> None:
        """`facts` are the campaign's, by language; `own` is its first language."""
        self.languages = tuple(sorted(code for code, known in phrases.items() if known))
        self._own = own if own in self.languages else next(iter(self.languages), own)
        order = [*reversed(ALSO), self._own]
        self._phrases: dict[str, Phrases] = {}
        for code in self.languages:
            known = {key: one for other in order for key, one in phrases.get(other, {}).items()}
            known |= phrases[code]
            self._phrases[code] = {key: one.filled(facts[code]) for key, one in known.items()}

    def offered(self, language: str) -> str:
        """Return `language` if the pages speak it, else the campaign's own."""
        return language if language in self.languages else self._own

    def knows(self, key: str) -> bool:
        """Return True if there are words for `key`."""
        return key in self._phrases.get(self._own, {})

    def say(self, language: str, key: str, **values: object) -> str:
        """Return the words for `key`, with the values in their places; total."""
        phrase = self._phrases.get(self.offered(language), {}).get(key)
        if phrase is None:
            return _plain(key)
        texts = {name: str(value) for name, value in values.items()}
        return PLACE.sub(
            lambda place: texts.get(place[1], ""), phrase.words(texts.get("count", ""))
        )


def _plain(key: str) -> str:
    """Return a key without words as words: `kind:lost_phone` is "lost phone"."""
    return re.sub(r"[_:]", " ", key.partition(":")[2] or key)
