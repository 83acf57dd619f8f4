"""The words that people type, as the catalogs list them: `msgctxt "typed"`, parted by `|`."""

from collections.abc import Mapping

Typed = Mapping[str, tuple[str, ...]]  # the words for each key, in one language


class TypedWords:
    """What people type in every language that is offered; the campaign's own language first."""

    def __init__(self, languages: Mapping[str, Typed]) -> None:
        self._languages = languages
        self.own = next(iter(languages), "")

    def words(self, key: str) -> tuple[str, ...]:
        """Return the words for `key` in every language: people mix them."""
        words = (word for typed in self._languages.values() for word in typed.get(key, ()))
        return tuple(dict.fromkeys(words))

    def by_language(self, key: str) -> dict[str, tuple[str, ...]]:
        """Return the words for `key`, by language."""
        return {language: typed.get(key, ()) for language, typed in self._languages.items()}


def read_typed(words: str) -> tuple[str, ...]:
    """Return the words of an entry: `ya|y|iya`."""
    return tuple(tidy for word in words.split("|") if (tidy := word.strip()))
