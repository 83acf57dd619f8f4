"""The words for one key of a catalog."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

PLACE: Final = re.compile(r"\{([a-z_]+)\}")


class Phrase(NamedTuple):
    """The words for one key, singular and plurals; `plural` turns a count into an index."""

    forms: tuple[str, ...]
    plural: Callable[[int], int] = int

    def words(self, count: str = "") -> str:
        """Return the form for `count`, or the first."""
        if not count:
            return self.forms[0]
        index = self.plural(int(count)) if count.isdecimal() else 0
        return self.forms[min(index, len(self.forms) - 1)]

    def filled(self, facts: Mapping[str, str]) -> "Phrase":
        """Return the phrase with these facts filled in; other places stay."""
        forms = (PLACE.sub(lambda place: facts.get(place[1], place[0]), f) for f in self.forms)
        return Phrase(tuple(forms), self.plural)


Phrases = Mapping[str, Phrase]
