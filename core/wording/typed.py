"""The words that people type, from the catalogs: `msgctxt "typed"`, separated by `|`."""

from collections.abc import Mapping

Typed = Mapping[str, tuple[str, ...]]  # the words for each key, in one language


class TypedWords:
    """The words of every offered language; the campaign's own language comes first."""

    def __init__(self, languages: Mapping[str, Typed]) -> None:
        self._languages = languages
        self.own = next(iter(languages), "")

    def words(self, key: str) -> tuple[str, ...]:
        """Return the words for `key` in all languages together: people mix them."""
        every = (word for typed in self._languages.values() for word in typed.get(key, ()))
        return tuple(dict.fromkeys(every))

    def by_language(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return the words for `key`, by language."""
        return {language: typed.get(key, ()) for language, typed in self._languages.items()}


def read_typed(words: str) -> tuple[str, ...]:
    """Return the words of an entry: `ya|y|iya`."""
    return tuple(tidy for word in words.split("|") if (tidy := word.strip()))
