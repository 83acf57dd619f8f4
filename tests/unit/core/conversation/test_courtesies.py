"""The words around what people mean, and their bounds."""

import pytest

from core.conversation.courtesies import ANSWER_LENGTH_MAX, ANSWER_WORDS_MAX, THANKS_LENGTH_MAX
from tests.scripts import KEYWORDS

COURTESIES = KEYWORDS.courtesies


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("nomor satu kak", "1"),
        ("No. 2", "2"),
        ("mau daftar", "daftar"),
        ("mau vaksin", "vaksin"),  # of two words that may be fillers, the one that is meant
        ("iyaaa", "iya"),
        ("👍", "ok"),
        ("👎🏽", "tidak"),
        ("ya ya", "ya"),
        ("saya belum", "belum"),
    ],
)
def test_an_answer_is_found_among_words(text, meant):
    assert KEYWORDS.without_courtesies(text) == meant


@pytest.mark.parametrize("text", ["nomor", "🙏", "", "saya tidak bisa daftar", "ya tidak", "kak"])
def test_what_says_nothing_or_two_things_stays(text):
    assert KEYWORDS.without_courtesies(text) == text


def test_an_answer_has_few_words():
    words = "ya" + " kak" * (ANSWER_WORDS_MAX - 1)
    assert KEYWORDS.without_courtesies(words) == "ya"
    assert KEYWORDS.without_courtesies(f"{words} kak") == f"{words} kak"


@pytest.mark.parametrize(
    ("text", "key", "rest"),
    [
        ("Assalamualaikum", "salam", ""),
        ("Assalamu'alaikum wr. wb. kak, saya mau daftar", "salam", "saya mau daftar"),
        ("selamat pagi\nNIK: 1", "morning", "NIK: 1"),
        ("halo", "hello", ""),
        ("Pagiku", "", "Pagiku"),
        ("", "", ""),
    ],
)
def test_a_greeting_is_told_from_what_is_said_besides(text, key, rest):
    assert COURTESIES.greet(text) == (key, rest)


def test_a_greeting_stands_at_the_beginning_of_a_text_of_any_length():
    text = f"halo {'x' * ANSWER_LENGTH_MAX}"
    assert COURTESIES.greet(text) == ("hello", text.removeprefix("halo "))


@pytest.mark.parametrize(
    ("text", "is_it"), [("baik kak", True), ("sebentar", True), ("ya", False)]
)
def test_thanks_and_patience_are_polite_and_a_yes_is_an_answer(text, is_it):
    assert COURTESIES.is_polite(text) is is_it


def test_thanks_are_short():
    thanks = "terima kasih".ljust(THANKS_LENGTH_MAX)
    assert COURTESIES.is_thanks(thanks)
    assert not COURTESIES.is_thanks(f"{thanks} ")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("nama saya Siti", "Siti"),
        ("Nama : Siti Aminah", "Siti Aminah"),
        ("Siti Nama", "Siti Nama"),
        ("nama saya", "nama saya"),
    ],
)
def test_a_name_loses_the_words_that_introduce_it(text, name):
    assert COURTESIES.without_introduction(text) == name
