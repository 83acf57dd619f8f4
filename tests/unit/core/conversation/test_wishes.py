"""Commands inside a sentence, and what may be a name instead."""

from time import process_time

import pytest

from core.conversation.keywords import TEXT_LENGTH_MAX
from core.conversation.wishes import NUDGE_LENGTH_MAX
from core.conversation.wishes import TEXT_LENGTH_MAX as SEARCHED_MAX
from tests.scripts import KEYWORDS, Person

WISHES = KEYWORDS.wishes
CPU_SECONDS_MAX = 0.02  # for the longest text, ten times what it takes; text of any kind is linear


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("kenapa status saya belum verified", "status"),
        ("saya sudah daftar tapi belum dapat sms", "status"),
        ("dafatr", "register"),
        ("jadwall", "appointment"),
        ("berhentii", None),  # who stops must say so
        ("hapuss", None),
        ("apakah divaksin itu sakit", None),
    ],
)
def test_only_what_changes_nothing_is_guessed(text, command):
    assert WISHES.mentioned(text) == command


def test_a_command_is_looked_for_in_so_many_characters():
    text = "x " * (SEARCHED_MAX // 2 - 3) + "status"
    assert WISHES.mentioned(text) == "status"
    assert WISHES.mentioned(f"x{text}") is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [("DAFTAR: x y", "x y"), ("#daftar, x", "x"), ("daftar", ""), ("x daftar", "")],
)
def test_what_follows_the_word_that_registers(text, rest):
    assert WISHES.registering(text) == rest


def test_who_only_nudges_says_a_letter_or_two():
    assert WISHES.is_nudge("p" * NUDGE_LENGTH_MAX)
    assert not WISHES.is_nudge("p" * (NUDGE_LENGTH_MAX + 1))


@pytest.mark.parametrize(
    "part",
    ["a ", "3 ", f"{'1' * 16} ", "nama ", "saya mau ", "x", "assalamualaikum ", ", ", "nik: ",
     "👍", "1.", "ﷺ", "daftar ", "#", "\n", "- "],
)  # fmt: skip
def test_the_longest_text_takes_little(part):
    text = (part * TEXT_LENGTH_MAX)[:TEXT_LENGTH_MAX]
    person = Person()
    person.say(text)
    began = process_time()
    person.say(text)
    assert process_time() - began < CPU_SECONDS_MAX
