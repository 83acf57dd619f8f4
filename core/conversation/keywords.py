"""Recognise what people type: commands, answers, registration numbers, codes, in every language.

The words themselves stand in the catalogs (`msgctxt "typed"`).
"""

import re
from collections.abc import Sequence
from typing import Final

from core.campaign import HANDOVER_KEY, Campaign
from core.conversation import courtesies
from core.conversation.conditions import Conditions
from core.conversation.courtesies import Courtesies, Greeting
from core.conversation.inquiries import Inquiries, Inquiry
from core.conversation.wishes import Wishes
from core.fields.choice import find_choice, fold
from core.handovers.rules import CODE_DIGITS
from core.wording.typed import TypedWords

TEXT_LENGTH_MAX = 1600  # what the longest wire (WhatsApp through Twilio) carries in one message

BACK, MENU, NEXT = "0", "00", "98"

_FIRST_WORD = re.compile(r"([^\s#]*)([\s#]*)(.*)", re.DOTALL)  # matches anything

_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_HANDOVER_CODE = re.compile(rf"(?<![0-9])[0-9]{{{CODE_DIGITS}}}(?![0-9])")
_GAP = re.compile(r"(?<=[0-9])[ -](?=[0-9])")
_CODE_LINE = re.compile(r"(?:(.*)\W)?[0-9]{6}\W*+", re.DOTALL)
_WORDS = re.compile(r"\w++")
_OPTION = re.compile(r"[0-9]{1,2}")  # the number of a choice

# One word and nothing else: inside a sentence, or as somebody's name, it is not a command.
COMMANDS: Final = (
    *("menu", "register", "status", "appointment", "help", "cancel", "stop", "start"),
    *("correct", "leave", "looks", "code", "web", "unlink"),
)
# Where a word of these is an answer to what was asked, it is that.
YIELDING: Final = frozenset({"correct", "leave", "looks"})
# Answers, by the key of their words; a further language may have more of each.
ANSWERS: Final = (
    *("yes", "no", "agree", "disagree", "change", "continue", "start_again"),
    *("change_appointment", "cancel_appointment", "attended", "not_attended"),
    *("not_mine", "phone_lost", "experienced", "not_experienced", "none_of_these"),
    *("nod", "willing", "book_now", "book_later", "take_seat", "other_time", "other_place"),
    "well_and_agree",
)
FIELDS: Final = ("nik", "full_name", "profession", "phone")  # as letters label them
KEYS: Final = (
    *(f"command_{name}" for name in COMMANDS),
    *ANSWERS,
    *courtesies.KEYS,
    *("language", "code", "appeal", "and"),
)
NO_NAME_LETTERS_MIN: Final = 5  # of an answer to another question: a shorter one may be a name
_UNLISTED: Final = {HANDOVER_KEY: "code"}  # at the menu; the page that shows a code says so
SHOWN_CODE: Final = {"1": "sent", "2": "anew"}
_YES_OR_NO: Final = {"yes": True, "no": False, None: None}


class Keywords:
    """The words of every offered language, folded, each mapped to what it chooses."""

    def __init__(self, typed: TypedWords, campaign: Campaign) -> None:
        words = typed.words
        yes, no = words("yes"), words("no")
        self._command_of = _commands(typed)
        self._stops = {word for word, name in self._command_of.items() if name == "stop"}
        self.menu = _UNLISTED | choices(
            ("register",), ("status",), ("appointment",), ("language",)
        )
        self.consent = choices(
            ("agree", *yes, *words("agree")), ("disagree", *no, *words("disagree"))
        )
        self.confirm = choices(("yes", *yes), ("change", *no, *words("change")))
        self.resume = choices(
            ("continue", *yes, *words("continue")), ("start_again", *no, *words("start_again"))
        )
        self.yes_no = choices(("yes", *yes), ("no", *no))
        self.appointed = choices(
            ("change", *words("change_appointment")), ("cancel", *words("cancel_appointment"))
        )
        self.attended = choices(
            ("yes", *yes, *words("attended")), ("no", *no, *words("not_attended"))
        )
        self.booking = choices(
            ("now", *yes, *words("book_now")), ("later", *no, *words("book_later"))
        )
        self.seat = choices(
            ("take", *yes, *words("take_seat")),
            ("time", *words("other_time")),
            ("place", *no, *words("other_place")),
        )
        self._conditions = Conditions(typed, campaign)
        self.handover = choices(("yes", *yes), ("no", *no, *words("not_mine")))
        self.ends = choices(("withdraw",), ("erase",))
        self.health = choices(
            ("yes", *yes, *words("attended"), *words("experienced")),
            (
                *("no", *no, *words("not_attended")),
                *(*words("not_experienced"), *words("none_of_these")),
            ),
        )
        self.roads = choices(("code",), ("later", *no), ("lost", *words("phone_lost")))
        self.code_roads = choices(("again",), ("other_number",), ("lost", *words("phone_lost")))
        self._offered = {
            "confirming": self.confirm,
            "confirming_booking": self.confirm,
            "appointed": self.appointed,
            "offered_seat": self.seat,
            "choosing_road": self.roads,
            "proving_code": self.code_roads,
        }
        meant = frozenset(map(fold, yes)) - set(map(fold, words("nod")))
        self._plain_yes = meant.union(map(fold, words("well_and_agree")))
        self._notice = dict.fromkeys(meant - set(map(fold, words("willing"))), "yes")
        self._notice |= {fold(word): "no" for word in words("not_mine")}
        self._offer = {fold(word): one for one in ("yes", "no") for word in words(one)}
        self._offer |= dict.fromkeys(self._plain_yes, "yes")
        self._changes = frozenset(map(fold, words("change")))
        self._agreeing = [frozenset(map(fold, one)) for one in (yes, no)]
        self.fields = {fold(word): key for key in FIELDS for word in (key, *words(f"label:{key}"))}
        self.professions = choices(
            *(
                (one.code, *one.label.values(), *one.words, *words(f"profession:{one.code}"))
                for one in campaign.professions
            )
        )
        self.courtesies = Courtesies(typed)
        self.not_names = self.courtesies.not_names | {
            word for word in (*self.consent, *self.professions) if len(word) >= NO_NAME_LETTERS_MIN
        }
        self._inquiries = Inquiries(typed, self._command_of)
        said = (*yes, *no, *words("attended"), *words("not_attended"), *words("change"))
        self.wishes = Wishes(typed, self._command_of, self.courtesies, said)
        self._codes = frozenset(" ".join(_WORDS.findall(one.casefold())) for one in words("code"))
        lists = (
            self.consent,
            self.confirm,
            self.resume,
            self.appointed,
            self.attended,
            self.roads,
            self.booking,
            self.seat,
            self._conditions.words,
        )
        known = (self._command_of, self.professions, self.fields, self._notice, self.health)
        self._answers = frozenset(word for words in (*known, *lists) for word in words)
        self._whole = self._answers - self.courtesies.partial  # most answers: one word

    def command(self, text: str) -> str | None:
        """Return the command (or `language:en`) if `text` is one and nothing else."""
        return self._command_of.get(fold(text))

    def handover_code(self, text: str) -> str | None:
        """Return the code in `KODE 12345678`; None for any other text."""
        if len(text) <= CODE_DIGITS or text[0].isdecimal():  # an answer, as nearly every text
            return None
        code = find_handover_code(text)
        named = code is not None and self.command(text.partition(code[0])[0]) == "code"
        return code if named else None

    def command_at(self, stage: str, text: str) -> str | None:
        """Return the command, unless the text is an answer to what this stage asks."""
        command = self.command(text)
        if command not in YIELDING:
            return command
        answers = fold(text) in self._offered.get(stage, ())
        return None if answers or (stage == "confirming" and self.correction(text)) else command

    def notice_answer(self, text: str) -> bool | None:
        """Return whether the text says that what a notice tells is so; None if neither."""
        return _YES_OR_NO.get(find_choice(text, self._notice))

    def is_plain_yes(self, text: str) -> bool:
        """Return True for a yes that can be nothing but one: `siap` may have read another SMS."""
        return fold(text) in self._plain_yes

    def offer_answer(self, text: str) -> bool | None:
        """Return whether the text takes the seat that is offered; None if it says neither."""
        return _YES_OR_NO.get(find_choice(text, self._offer))

    def correction(self, text: str) -> str | None:
        """Return the field that a text says is wrong, or to be changed: `nama saya salah`."""
        around = self._changes | self.courtesies.after
        words = fold(text).split()
        kept = [word for word in words if word not in around or word in self.fields]
        return self.fields.get(" ".join(kept)) if len(kept) < len(words) else None

    def names_profession(self, text: str) -> bool:
        """Return True if the text is a profession in words, and nothing else: `saya bidan`."""
        named = fold(self.bare(text))
        return named in self.professions and not named.isdecimal()

    def bare(self, text: str) -> str:
        """Return a profession without the words that introduce it."""
        return self.courtesies.without_introduction(text)

    def greet(self, text: str, *, of_name: bool = False) -> Greeting:
        """Return how the text greets, and what it says besides; `of_name`: a name, perhaps."""
        return self.courtesies.greet(text, of_name=of_name)

    def conditions(self, text: str, codes: Sequence[str]) -> frozenset[str]:
        """Return which conditions of a list the text names, of `codes`; or raise InvalidError."""
        return self._conditions.read(text, codes, self.courtesies.after)

    def without_courtesies(self, text: str) -> str:
        """Return a short known answer without the words around it; any other text as it is."""
        known = text.lower() in self._whole
        return text if known else self.courtesies.without(text, self._meaning)

    def is_thanks(self, text: str) -> bool:
        """Return True if a short text thanks, or says that it was read, and nothing else."""
        return self.courtesies.is_thanks(text)

    def one_line(self, text: str) -> tuple[str, ...] | None:
        """Return the parts of `DAFTAR nik#name#profession`; None for any other text."""
        found = _FIRST_WORD.match(text.strip())
        assert found is not None
        word, gap, rest = found.groups()
        if self.command(word) != "register":
            return None
        if "#" in gap + rest:
            return tuple(part.strip() for part in rest.split("#"))
        return (rest.strip(),) if rest.strip()[:1].isdecimal() else None

    def inquiry(self, text: str) -> Inquiry | None:
        """Return the question about a registration in `text`; None for any other text."""
        return self._inquiries.read(text)

    def is_appeal(self, text: str) -> bool:
        """Return True if the text speaks of an appeal, or of the letter that it needs."""
        return self._inquiries.is_appeal(text)

    def asks_status(self, text: str) -> bool:
        """Return True if a short text asks for a status, of no registration in particular."""
        return self._inquiries.asks_status(text)

    def find_number(self, text: str) -> str | None:
        """Return the one registration number in the text, with or without words around it."""
        return self._inquiries.find_number(text)

    def stops(self, text: str) -> bool:
        """Return True if the text stops messages and says nothing else, but for courtesies."""
        if self._stops.isdisjoint(fold(text).split()):
            return False
        return self.command(self.without_courtesies(text)) == "stop"

    def names_number(self, text: str) -> str | None:
        """Return the registration number that is all that a short text says; None otherwise."""
        return self._inquiries.alone(text, self.courtesies.surrounds)

    def is_code(self, line: str) -> bool:
        """Return True if the line is a code and nothing else: `Kode saya: 123456`."""
        found = _CODE_LINE.fullmatch(line)
        if found is None:
            return False
        words = " ".join(_WORDS.findall((found[1] or "").casefold()))
        return not words or words in self._codes

    def _meaning(self, text: str) -> str | None:
        """Return the answer that the text is; of several words that agree, the first."""
        if text in self._answers or _OPTION.fullmatch(text):
            return text
        words = text.split()
        return words[0] if any(one.issuperset(words) for one in self._agreeing) else None


def find_code(text: str) -> str | None:
    """Return the one code of six digits in the text: `Kode: 123456`, `123 456`."""
    found = _CODE.findall(text) or _CODE.findall(_GAP.sub("", text))
    return found[0] if len(found) == 1 else None


def find_handover_code(text: str) -> str | None:
    """Return the one code of eight digits in the text, which a browser shows."""
    found = _HANDOVER_CODE.findall(_GAP.sub("", text))
    return found[0] if len(found) == 1 else None


def choices(*options: tuple[str, ...]) -> dict[str, str]:
    """Map the number and the folded words of each option to its name, which is its first word."""
    words = {str(number): option[0] for number, option in enumerate(options, 1)}
    return words | {fold(word): option[0] for option in options for word in option}


def command_words(typed: TypedWords) -> frozenset[str]:
    """Return every command, folded."""
    return frozenset(_commands(typed))


def _commands(typed: TypedWords) -> dict[str, str]:
    """Map each folded word to its command; any name of a language chooses it."""
    named = {f"command_{name}": name for name in COMMANDS}
    words = {fold(word): name for key, name in named.items() for word in typed.words(key)}
    languages = typed.by_language("language")
    chosen = {fold(word): f"language:{code}" for code in languages for word in languages[code]}
    return chosen | words
