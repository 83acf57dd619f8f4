"""Marks find a name by its words and by how they begin, and tell it from most others."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fields.name_marks import head_mark, name_marks, sealed_marks

KEY, ANOTHER = b"k" * 32, b"a" * 32
WORDS = st.text("abcdefghij", min_size=1, max_size=12)


def marks(name: str, key: bytes = KEY) -> str:
    return sealed_marks(name_marks(name), key)


@pytest.mark.parametrize("other", ["SITI AMINAH", "Siti Aminah, S.Kep.", "Hj. siti  aminah"])
def test_equal_folded_names_have_equal_marks(other: str) -> None:
    assert marks(other) == marks("Siti Aminah")


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_each_word_is_found_and_by_how_it_begins(words: list[str]) -> None:
    sealed = sealed_marks(" ".join(words), KEY)
    assert all(sealed_marks(word, KEY) in sealed for word in words)
    assert all(sealed_marks(head_mark(word), KEY) in sealed for word in words)


def test_marks_are_two_characters_for_a_word_and_two_for_the_head_of_a_longer() -> None:
    assert len(sealed_marks("siti", KEY)) == 2
    assert len(sealed_marks("siti aminah", KEY)) == 6
    assert sealed_marks("", KEY) == ""


def test_no_mark_is_a_wildcard() -> None:
    every = sealed_marks(" ".join(f"w{n}" for n in range(9_999)), KEY)
    assert not set(every) & set("%_\\")
    assert len({every[at : at + 2] for at in range(0, len(every), 2)}) > 3_500  # of 4,096


def test_the_key_makes_the_marks() -> None:
    names = [f"siti {chr(97 + n)}minah" for n in range(20)]
    assert all(marks(name) != marks(name, ANOTHER) for name in names)
    assert all(marks(one) != marks(other) for one, other in combinations(names, 2))


def test_marks_of_today_are_those_that_databases_hold() -> None:
    assert sealed_marks("siti aminah zulkarnaen", KEY) == "I9b/Roxi+g"
