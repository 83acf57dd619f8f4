"""What people type, and what they mean by it, in every language at once."""

import re
from itertools import pairwise
from typing import Literal, NamedTuple

from core.fields.choice import fold
from core.registration.number import MistypedNumberError, parse_number

TEXT_LENGTH_MAX = 1600  # what the longest wire (WhatsApp through Twilio) carries in one message

BACK, MENU, NEXT = "0", "00", "98"

_FIRST_WORD = re.compile(r"([^\s#]*)([\s#]*)(.*)", re.DOTALL)  # matches anything

YES = ("ya", "y", "iya", "yes", "ok", "oke", "betul", "benar")
NO = ("tidak", "tdk", "t", "gak", "ga", "nggak", "no", "n")

INQUIRY_LENGTH_MAX = 200  # of a question about one registration
_WORD = re.compile(r"(?:(?<!\.)\.*+[^\s:=,;#*\"'<>()?!.])++")  # dots at its end are none of it
_NUMBERED = re.compile(r"[0-9-]")  # a long word of letters alone may look like a number, too
_CODE = re.compile(r"(?<![0-9])[0-9]{6}(?![0-9])")
_GAP = re.compile(r"(?<=[0-9])[ -](?=[0-9])")
_CODE_LINE = re.compile(r"\W*(?:(?:kode|code|otp)\b\W*(?:saya\b\W*)?)?[0-9]{6}\W*", re.IGNORECASE)

# One word and nothing else: inside a sentence, or as somebody's name, it is not a command.
_COMMANDS = {
    "menu": ("vaksin", "menu", "vaccine"),
    "register": ("daftar", "reg", "register", "registrasi"),
    "status": ("status",),
    "appointment": ("jadwal", "appointment", "schedule"),
    "help": ("bantuan", "help", "tolong"),
    "cancel": ("batal", "cancel"),
    "stop": ("stop", "berhenti", "unsubscribe", "unreg", "stopall"),
    "start": ("mulai", "start", "unstop"),
    "english": ("english", "inggris"),
    "indonesia": ("indonesia", "bahasa", "indonesian", "bahasa indonesia"),
}
_COMMAND_OF = {word: command for command, words in _COMMANDS.items() for word in words}
LANGUAGE_OF = {"english": "en", "indonesia": "id"}


def command(text: str) -> str | None:
    """Return the command that `text` is, if it is one and nothing else."""
    return _COMMAND_OF.get(fold(text))


def one_line(text: str) -> tuple[str, ...] | None:
    """Return the parts of `DAFTAR nik#name#profession`, if `text` is such a registration."""
    found = _FIRST_WORD.match(text.strip())
    assert found is not None
    word, gap, rest = found.groups()
    if _COMMAND_OF.get(fold(word)) != "register":
        return None
    if "#" in gap + rest:
        return tuple(part.strip() for part in rest.split("#"))
    return (rest.strip(),) if rest.strip()[:1].isdecimal() else None


class Inquiry(NamedTuple):
    """A question about one registration: `STATUS 7K3M-9QXC`."""

    purpose: Literal["status", "appointment"]
    number: str


def inquiry(text: str) -> Inquiry | None:
    """Return what is asked of which registration; None where the text says anything else."""
    asked = {command(word) for word in _WORD.findall(text[:INQUIRY_LENGTH_MAX])}
    number = find_number(text)
    if number is None or ("status" in asked) == ("appointment" in asked):
        return None
    return Inquiry("status" if "status" in asked else "appointment", number)


def find_number(text: str) -> str | None:
    """Return the one registration number in the text, with or without words around it."""
    if len(text) > INQUIRY_LENGTH_MAX:
        return None
    words = [word for word in _WORD.findall(text) if word.lower() not in _COMMAND_OF]
    halves = [f"{one} {other}" for one, other in pairwise(words)]
    likely = [one for one in (*words, *halves) if _NUMBERED.search(one)]
    found = {number for one in (*likely, " ".join(words)) if (number := _number(one))}
    return found.pop() if len(found) == 1 else None


def find_code(text: str) -> str | None:
    """Return the one code of six digits in the text: `Kode: 123456`, `123 456`."""
    found = _CODE.findall(text) or _CODE.findall(_GAP.sub("", text))
    return found[0] if len(found) == 1 else None


def is_code(line: str) -> bool:
    """Say whether the line is a code and nothing else."""
    return _CODE_LINE.fullmatch(line) is not None


def _number(text: str) -> str | None:
    try:
        return parse_number(text)
    except MistypedNumberError:
        return None


def choices(*options: tuple[str, ...]) -> dict[str, str]:
    """Return the folded words of numbered options; each option is its name, then its words."""
    words = {str(number): option[0] for number, option in enumerate(options, 1)}
    return words | {fold(word): option[0] for option in options for word in option}


MENU_CHOICES = choices(("register",), ("status",), ("appointment",), ("language",))
CONSENT_CHOICES = choices(
    ("agree", *YES, "setuju", "saya setuju"), ("disagree", *NO, "tidak setuju")
)
CONFIRM_CHOICES = choices(("yes", *YES), ("change", *NO, "ubah", "ganti"))
RESUME_CHOICES = choices(
    ("continue", *YES, "lanjut", "lanjutkan"), ("start_again", *NO, "ulang", "mulai lagi", "baru")
)
