"""What people type, and what they mean by it, in every language at once."""

import re
from typing import Literal, NamedTuple

from core.fields.choice import fold
from core.numbers import MistypedNumberError, parse_number

TEXT_LENGTH_MAX = 1600  # what the longest wire (WhatsApp through Twilio) carries in one message

BACK, MENU, NEXT = "0", "00", "98"

_FIRST_WORD = re.compile(r"([^\s#]*)([\s#]*)(.*)", re.DOTALL)  # matches anything

YES = ("ya", "y", "iya", "yes", "ok", "oke", "betul", "benar")
NO = ("tidak", "tdk", "t", "gak", "ga", "nggak", "no", "n")

INQUIRY_LENGTH_MAX = 120  # of a question about one registration
_WORD = re.compile(r"[^\s:=,;#*\"'<>()]+")
_AROUND_NUMBER = frozenset(
    {
        *("nomor", "no", "nmr", "pendaftaran", "registrasi", "saya", "ini", "tolong", "mohon"),
        *("number", "registration", "my", "please", "cek", "check", "the", "is", "adalah"),
    }
)

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
    if len(text) > INQUIRY_LENGTH_MAX:
        return None
    words = [word for word in _WORD.findall(text) if fold(word) not in _AROUND_NUMBER]
    asked = [word for word in words if command(word) in ("status", "appointment")]
    if len(asked) != 1:
        return None
    words.remove(asked[0])
    try:
        number = parse_number(" ".join(words))
    except MistypedNumberError:
        return None
    return Inquiry("status" if command(asked[0]) == "status" else "appointment", number)


def find_number(text: str) -> str | None:
    """Return the registration number that the text is, with or without words around it."""
    if len(text) > INQUIRY_LENGTH_MAX:
        return None
    words = [word for word in _WORD.findall(text) if fold(word) not in _AROUND_NUMBER]
    try:
        return parse_number(" ".join(words))
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
