"""WhatsApp's own rules: who writes, and where a long message is split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.contract import RejectedError
from channels.whatsapp.limits import choose_user, read_user, split
from core.messages import Address, AddressKind

WORDS = st.lists(st.text("abc", min_size=1, max_size=9), max_size=40)


@given(WORDS, st.sampled_from(" \n"), st.integers(9, 30))
def test_a_split_keeps_every_word_whole(words, between, characters_max):
    parts = split(between.join(words), characters_max)
    assert all(len(part) <= characters_max for part in parts)
    assert " ".join(parts).split() == words


@given(st.text(), st.integers(1, 30))
def test_a_split_loses_only_white_space(text, characters_max):
    parts = split(text, characters_max)
    assert parts
    assert all(len(part) <= characters_max for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_split_prefers_the_end_of_a_line():
    assert split("satu dua\ntiga empat", 12) == ("satu dua", "tiga empat")
    assert split("a\nsatu dua tiga", 12) == ("a\nsatu dua", "tiga")
    assert split("satuduatiga", 4) == ("satu", "duat", "iga")
    assert split("satu", 4) == ("satu",)
    assert split("", 4) == ("",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+",
        "whatsapp:+6281211110001",
        "us.134",
        "US.",
        "US.1 2",
        "U.1",
        "US." + "1" * 129,
        "123456",
        "1" * 16,
        "+62x",
        "٦٢٨١٢١١١١٠٠٠١",
    ],
)
def test_what_is_no_user_is_refused(text):
    with pytest.raises(RejectedError):
        read_user(text)


def test_the_longest_user_id_is_taken():
    for text in ("US." + "1" * 128, "US.ENT.11815799212886844830"):
        assert read_user(text) == Address(AddressKind.WHATSAPP, text)


def test_a_number_is_chosen_before_an_id():
    number, hidden = Address(AddressKind.PHONE, "+6281211110001"), read_user("US.1")
    assert choose_user(["", "US.1", "+6281211110001", "US.2"]) == number
    assert choose_user(["x", "US.1", "US.2"]) == hidden
    assert choose_user(["", "x"]) is None
