"""Commands inside a sentence: `saya mau batal`, `DAFTAR 3204… Siti`, `belum dapat status`."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

from core.conversation.courtesies import Courtesies
from core.fields.choice import SLIP_LENGTH_MIN, fold
from core.wording.typed import TypedWords

TEXT_LENGTH_MAX: Final = 200  # that is searched for a command
PHRASE_WORDS_MAX: Final = 3
SLIP_SIMILARITY_MIN: Final = 0.83  # one slip in six letters
NUDGE_LENGTH_MAX: Final = 2  # `p`

_SHOWING: Final = ("status", "appointment")  # which change nothing
_OPENING: Final = frozenset({*_SHOWING, "register", "menu"})
_REGISTERING = re.compile(r"#?([^\W\d_]++)[\s#,:;.-]*+(.*+)", re.DOTALL)


class Wishes:
    """The commands, `commands` by folded word, and the words that sentences are made of."""

    def __init__(
        self,
        typed: TypedWords,
        commands: Mapping[str, str],
        courtesies: Courtesies,
        answers: Iterable[str],
    ) -> None:
        self._commands, self._courtesies = commands, courtesies
        self._own = {typed.words(f"command_{one}")[0] for one in _SHOWING}
        self._openers = [word for word, name in commands.items() if name in _OPENING]
        said = (*commands, *map(fold, answers))
        self._talk = frozenset((*said, *courtesies.fillers, *courtesies.waiting))

    def registering(self, text: str) -> str:
        """Return what follows the word that registers; "" if the text begins otherwise."""
        found = _REGISTERING.match(text)
        registers = found is not None and self._commands.get(fold(found[1])) == "register"
        return found[2].strip() if found and registers else ""

    def named(self, text: str) -> str:
        """Return the command that stands among fillers only; any other text as it is."""
        return self._courtesies.wish(text, self._commands)

    def mentioned(self, text: str) -> str | None:
        """Return the harmless command that a sentence speaks of, or that is mistyped; or None."""
        words = fold(text[:TEXT_LENGTH_MAX]).split()
        for size in range(PHRASE_WORDS_MAX, 0, -1):
            for at in range(len(words) - size + 1):
                phrase = " ".join(words[at : at + size])
                command = self._commands.get(phrase)
                if phrase in self._own or (size > 1 and command in _SHOWING):
                    return command
        return self._mistyped([word for word in words if word not in self._courtesies.after])

    def _mistyped(self, words: Iterable[str]) -> str | None:
        kept = " ".join(words)
        if len(kept) < SLIP_LENGTH_MIN:
            return None
        near = process.extractOne(
            kept, self._openers, scorer=OSA.normalized_similarity, score_cutoff=SLIP_SIMILARITY_MIN
        )
        return self._commands[near[0]] if near else None

    def is_talk(self, word: str) -> bool:
        """Return True for a word that stands in sentences, and in no name."""
        return word in self._talk

    def talks(self, text: str) -> bool:
        """Return True for a question, or a sentence about something: no name, and no place."""
        said = fold(self._courtesies.without_introduction(text)).split()
        return "?" in text or not self._talk.isdisjoint(said)

    def is_wrapping(self, word: str, *, behind: bool = False) -> bool:
        """Return True for a word before, or `behind`, what is meant: never one of a name."""
        wraps = word in self._courtesies.fillers or self._commands.get(word) == "register"
        return wraps or (behind and self._courtesies.closes(word))

    def is_nudge(self, text: str) -> bool:
        """Return True for a first word that says no more than that somebody is there."""
        word = fold(text)
        short = len(word) <= NUDGE_LENGTH_MAX or word.isdecimal()
        return short or self._courtesies.is_courtesy(text)
