"""The words around what people mean: greetings, thanks, `kak`, `saya mau`, in every language."""

import re
from collections.abc import Callable, Container, Iterator, Sequence
from itertools import takewhile
from typing import Final, NamedTuple

from core.fields.choice import fold
from core.wording.typed import TypedWords

ANSWER_LENGTH_MAX: Final = 80  # of an answer in which the words around it are passed over
ANSWER_WORDS_MAX: Final = 12
WRAPPED_LENGTH_MAX: Final = 200  # of a name with the words around it; a longer text is none
THANKS_LENGTH_MAX: Final = 80  # of a text that is nothing but thanks
PHRASE_WORDS_MAX: Final = 4  # of a courtesy
REACTION_LENGTH_MAX: Final = 48  # of the words before the message that it is about
LETTERS_MAX: Final = 2  # alike in a row, as words have them; of more, one is meant: `iyaaa`

GREETINGS: Final = (
    *("salam", "swastiastu", "shalom", "morning", "day", "afternoon", "evening"),
    "hello",  # which the menu returns
)
# `courtesy` stands at either end of an answer, `courtesy_after` only behind it: `1 ya`. `reaction`
# is what a phone says of a reaction to a message, before the words of that message. `filler` is
# what a wish is wrapped in, `asking` such words that ask, `number_label` what stands before the
# number of a choice, `after_a_name` what is polite behind a name, and is no part of any;
# `greeting_or_name` are greetings that people are called by, too.
NUMBERS: Final = tuple(f"number_{number}" for number in range(1, 10))
KEYS: Final = (
    *(
        "courtesy",
        "courtesy_after",
        "filler",
        "asking",
        "number_label",
        "not_a_name",
        "after_a_name",
        "greeting_or_name",
        "thanks",
        "wait",
        "reaction",
    ),
    *("yes_sign", "no_sign", "introduction", "greeting_more"),
    *(f"greeting_{one}" for one in GREETINGS),
    *NUMBERS,
)

_QUOTE = re.compile(r"[\"\u201c\u201e\u00ab]")
_TOKEN = re.compile(r"\S++")
_LONG = re.compile(rf"(\w)\1{{{LETTERS_MAX},}}")
_OPTION = re.compile(r"[0-9]{1,2}")  # the number of a choice


class Greeting(NamedTuple):
    """How a text greets, a key of `GREETINGS` or "" if it does not; and what it says besides."""

    key: str
    rest: str


class Courtesies:
    """The words around an answer, folded."""

    def __init__(self, typed: TypedWords) -> None:
        def words(key: str) -> frozenset[str]:
            return frozenset(map(fold, typed.words(key)))

        self.not_names = words("not_a_name")
        self.fillers = words("filler")
        self._asking = words("asking")
        self._decisions = words("yes") | words("no")
        self.before = words("courtesy") | self.fillers
        self.after = self.before | words("courtesy_after")
        self._closing = words("courtesy_after")
        self._reactions = words("reaction")
        self.thanks = words("thanks")
        self._introductions = words("introduction") | {""}
        self._leading = self.before | words("number_label")
        self._endings = words("after_a_name")
        self._called = words("greeting_or_name")
        self._numbers = {
            word: str(number) for number, key in enumerate(NUMBERS, 1) for word in words(key)
        }
        self.partial = self.fillers | self._numbers.keys()  # words that may mean another one
        self._greetings = {word: one for one in GREETINGS for word in words(f"greeting_{one}")}
        self._heads = {word.partition(" ")[0] for word in self._greetings}
        self._more = words("greeting_more") | words("courtesy") | words("courtesy_after")
        self._nods = self.thanks | words("wait")
        self._polite = self._nods | self.not_names | words("courtesy") | self._closing
        self.waiting = frozenset(word for one in words("wait") for word in one.split())
        self._signs = [
            (frozenset(typed.words(f"{one}_sign")), _nodding(typed.words(one), self.thanks))
            for one in ("no", "yes")
        ]

    def without(self, text: str, meaning: Callable[[str], str | None]) -> str:
        """Return a short known answer without the words around it; any other text as it is.

        `ya kak` is `ya`, `nomor satu` is `1`, `saya mau daftar dong` is `daftar`. The longest
        answer counts, as `meaning` has it. One word alone is never a courtesy.
        """
        if len(text) > ANSWER_LENGTH_MAX:
            return text
        if not (folded := fold(text)):
            return self._sign(text)
        words = folded.split()
        if len(words) > ANSWER_WORDS_MAX:
            return text
        found = self._answer_in(words, meaning)
        if found is None and (short := _LONG.sub(r"\1", folded)) != folded:
            found = self._answer_in(short.split(), meaning)
        if found in self._decisions and not self._asking.isdisjoint(words):
            return text  # `mau tanya dulu ya` agrees to nothing
        return text if found in (None, folded) else str(found)

    def _answer_in(self, words: Sequence[str], meaning: Callable[[str], str | None]) -> str | None:
        likely = None  # a filler may be an answer, too: `mau`; any other word is more so
        for before, middle in _windows(words, before=self._leading, after=self.after):
            meant = meaning(self._numbers.get(middle, middle))
            if meant and (self.before.issuperset(before) or _OPTION.fullmatch(meant)):
                if middle not in self.fillers:
                    return meant
                likely = meant
        return likely

    def _sign(self, text: str) -> str:
        """Return the yes or no that a thumb says; any other text as it is."""
        return next(
            (word for signs, word in self._signs if any(one in text for one in signs)), text
        )

    def greet(self, text: str, *, of_name: bool = False) -> Greeting:
        """Return how the text greets, and what it says besides.

        `of_name`: it answers the question for a name, so that `Salam Hidayat` does not greet.
        """
        head = text[:ANSWER_LENGTH_MAX].split(None, 1)
        if not head or head[0].isdecimal() or fold(head[0]).partition(" ")[0] not in self._heads:
            return Greeting("", text)
        tokens = list(_TOKEN.finditer(text[:ANSWER_LENGTH_MAX]))
        folded = [fold(token[0]) for token in tokens[: 2 * PHRASE_WORDS_MAX]]
        for size in range(min(PHRASE_WORDS_MAX, len(folded)), 0, -1):
            if (key := self._greetings.get(" ".join(folded[:size]).strip())) is not None:
                more = (at for at in range(size, len(folded)) if not self._goes_with(folded[at]))
                rest = next(more, len(folded))
                if of_name and rest < len(tokens) and tokens[0][0].lower() in self._called:
                    return Greeting("", text)
                return Greeting(key, text[tokens[rest].start() :] if rest < len(tokens) else "")
        return Greeting("", text)

    def _goes_with(self, word: str) -> bool:
        """Return True for what follows a greeting, and is part of it: `kak`, `wr. wb.`."""
        return not word or word in self._more

    def is_thanks(self, text: str) -> bool:
        """Return True if a short text thanks, or says that it was read, and nothing else."""
        return not self.thanks.isdisjoint(self._phrases(text))

    def is_courtesy(self, text: str) -> bool:
        """Return True if a short text consists of courtesies: `ya kak`, `terima kasih`."""
        return bool(self._phrases(text))

    def is_polite(self, text: str) -> bool:
        """Return True if a short text thanks, or asks for patience, and nothing else."""
        return not self._nods.isdisjoint(self._phrases(text))

    def _phrases(self, text: str) -> list[str]:
        """Return the courtesies that a text consists of, the longest first; else nothing."""
        words = fold(text).split() if len(text) <= THANKS_LENGTH_MAX else []
        found: list[str] = []
        while words:
            heads = [" ".join(words[:size]) for size in range(PHRASE_WORDS_MAX, 0, -1)]
            phrase = next((head for head in heads if head in self._polite), "")
            if not phrase:
                return []
            found.append(phrase)
            words = words[len(phrase.split()) :]
        return found

    def wish(self, text: str, commands: Container[str]) -> str:
        """Return the command that stands among courtesies and fillers; other text as it is."""
        if len(text) > ANSWER_LENGTH_MAX or self.after.isdisjoint(text.lower().split()):
            return text
        words = fold(text).split()
        if len(words) <= ANSWER_WORDS_MAX:
            for _, middle in _windows(words, before=self.before, after=self.after):
                if middle in commands:
                    return middle
        return text

    def closes(self, word: str) -> bool:
        """Return True for a word that ends a sentence without a meaning of its own: `ya`."""
        return word in self._closing or word in self._endings

    def surrounds(self, word: str) -> bool:
        """Return True for a word that may stand around a number: `nomor saya`, `kak`."""
        return word in self.after or word in self._leading

    def is_reaction(self, text: str) -> bool:
        """Return True for what a phone writes of a reaction to a message: `Liked "..."`."""
        quote = _QUOTE.search(text, 0, REACTION_LENGTH_MAX)
        said = text[: quote.start()] if quote else text[:REACTION_LENGTH_MAX]
        return fold(said) in self._reactions and (quote is not None or " " in said)

    def bare_name(self, text: str) -> str:
        """Return a name without the words around it: `nama saya Siti ya kak` is `Siti`."""
        if len(text) > WRAPPED_LENGTH_MAX:
            return text
        words = self.without_introduction(text).split()
        end = len(words)
        while size := self._size(words[1:end], self._endings, last=True):
            end -= size
        return " ".join(words[:end]).rstrip(" .,") if end < len(words) else " ".join(words)

    def without_introduction(self, text: str) -> str:
        """Return a name without the words that introduce it: `nama saya Siti` is `Siti`."""
        if len(text) > WRAPPED_LENGTH_MAX:
            return text
        words = text.split()
        first = 0
        while size := self._size(words[first:], self._introductions):
            first += size
        return " ".join(words[first:]) if 0 < first < len(words) else text

    @staticmethod
    def _size(words: Sequence[str], phrases: Container[str], *, last: bool = False) -> int:
        """Return how many of the first words, or the last ones, are one of the phrases."""
        sizes = range(min(PHRASE_WORDS_MAX, len(words)), 0, -1)
        return next(
            (
                size
                for size in sizes
                if fold(" ".join(words[-size:] if last else words[:size])) in phrases
            ),
            0,
        )


def _nodding(words: Sequence[str], thanks: Container[str]) -> str:
    """Return the word that a thumb stands for: one that thanks, too, if there is any."""
    return next((word for word in words if word in thanks), next(iter(words), ""))


def _windows(
    words: Sequence[str], *, before: Container[str], after: Container[str]
) -> Iterator[tuple[Sequence[str], str]]:
    """Yield each run of words, the longest first, and what stands before it.

    Only such words stand before it and after it.
    """
    count = len(words)
    starts = len([*takewhile(before.__contains__, words)])
    ends = len([*takewhile(after.__contains__, reversed(words))])
    for size in range(count, max(0, count - starts - ends - 1), -1):
        for start in range(max(0, count - size - ends), min(starts, count - size) + 1):
            yield words[:start], " ".join(words[start : start + size])
