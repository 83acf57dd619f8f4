"""The sentences of a story (tests/stories/) as steps that the page can play, as JSON."""

import re
from collections.abc import Callable
from typing import Any, Final

Step = dict[str, Any]

# What is chosen in the menu of a call, by the word that asks for the same in a message.
IN_MENU: Final = {"DAFTAR": "[Daftar]", "STATUS": "[Status]", "JADWAL": "[Jadwal]"}
DOORS: Final = {"USSD": "ussd", "SMS": "sms", "WhatsApp": "whatsapp", "email": "email"}
UNIT_SECONDS: Final = {"minute": 60, "hour": 3_600, "day": 86_400}
ALL_IN_ONE: Final = "{DAFTAR} {nik}#{name}#{profession}"
DONE: Final = ["registered*"]


def steps_of(sentence: str, door: str) -> list[Step]:
    """Return the steps of a sentence at this door; one that the page cannot play has no `do`."""
    for pattern, make in SENTENCES:
        if found := re.fullmatch(pattern, sentence, re.DOTALL):
            return [{**step, "text": sentence} for step in make(door, *found.groups())]
    return [{"text": sentence}]


def _dials(_door: str, who: str, digits: str | None) -> list[Step]:
    return [{"do": "dial", "who": who, "digits": digits or ""}]


def _says(_door: str, who: str, by: str | None, words: str) -> list[Step]:
    return [{"do": "say", "who": who, "door": DOORS[by] if by else "", "words": words}]


def _registers(door: str, who: str) -> list[Step]:
    begins = _dials(door, who, None) if door == "ussd" else _says(door, who, None, ALL_IN_ONE)
    return [*begins, {"do": "go_on", "who": who, "until": DONE}]


def _asks_for(door: str, who: str, word: str) -> list[Step]:
    if door != "ussd":
        return _says(door, who, None, f"{{{word}}}")
    return [*_dials(door, who, None), *_says(door, who, None, IN_MENU.get(word, f"{{{word}}}"))]


def _goes_on(_door: str, who: str, until: str) -> list[Step]:
    return [{"do": "go_on", "who": who, "until": until.split(" or ")}]


def _hangs_up(_door: str, who: str) -> list[Step]:
    return [{"do": "hang_up", "who": who}]


def _drops(_door: str, who: str, words: str) -> list[Step]:
    return [{"do": "drop", "who": who, "words": words}]


def _borrows(_door: str, who: str, owner: str) -> list[Step]:
    return [{"do": "borrow", "who": who, "owner": owner}]


def _new_number(_door: str, who: str) -> list[Step]:
    return [{"do": "new_number", "who": who}]


def _later(_door: str, count: str, unit: str) -> list[Step]:
    return [{"do": "wait", "seconds": int(count) * UNIT_SECONDS[unit]}]


def _we_say(_door: str, keys: str) -> list[Step]:
    return [{"do": "expect", "keys": keys.split(", ")}]


def _is_so(_door: str, who: str, state: str) -> list[Step]:
    return [{"do": "check", "who": who, "state": state}]


def _for_tests(_door: str) -> list[Step]:
    return [{}]


# Those of officials, of the ministry, of one day and of a browser are for tests alone.
OTHERS: Final = (
    *("on .+", r"the ministry lists \w+", r"the campaign invites \w+", r"the list has .+"),
    *("one seat is left: .+", "an officer (?:looks|decides) .+", ".+ closes on .+", ".+ notes .+"),
    *(r"\w+ opens our page", r"\w+ looks at the page again"),
    *(r"\w+ follows the link", r"\w+ uploads a letter"),
)
SENTENCES: Final[tuple[tuple[str, Callable[..., list[Step]]], ...]] = (
    *((pattern, _for_tests) for pattern in OTHERS),
    (r"(\w+) dials(?: (\S+))?", _dials),
    (r"(\w+)(?: by (USSD|SMS|WhatsApp|email))?: (.+)", _says),
    (r"(\w+) registers", _registers),
    (r"(\w+) asks for (\w+)", _asks_for),
    (r"(\w+) goes on until (.+)", _goes_on),
    (r"(\w+) hangs up", _hangs_up),
    (r"(\w+) presses (.+), and the call drops", _drops),
    (r"(\w+) uses (\w+)'s phone", _borrows),
    (r"(\w+) has a new number", _new_number),
    (r"(\d+) (minute|hour|day)s? later", _later),
    (r"we say (.+)", _we_say),
    (r"(\w+) is (.+)", _is_so),
)
