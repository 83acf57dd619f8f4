"""Folded names beside the definition: every letter looked at, in whatever script."""

import unicodedata
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.fields.name_matching import (
    _APOSTROPHES,
    _ASIDE,
    NAMES_MAX,
    _without_titles,
    fold_name,
)

NAMES = 20_000
PIECES = (
    *("Siti", "AMINAH", "Ma'ruf", "Ma\u2019ruf", "O`Neil", "dr.", "S.Kep", "Ns", "(", ")", "K"),
    *("Sp.", "A(K)", "A.Md.Keb", "-", "/", ",", "..", "H.", "St.", "7", "_", "\x00", "\x1f", "^"),
    *("Jos\u00e9", "Zoe\u0308", "\u0130", "\u017f", "\u212a", "\u00df", "\ufb01", "\u1260\u1240"),
)
PIECED = st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)


def words(name):
    plain = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", name)).casefold()
    bare = [
        char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char)
    ]
    return "".join(char if unicodedata.category(char)[0] in "LM" else " " for char in bare).split()


def folded(name):
    found = words(_ASIDE.sub(" ", name)) or words(name)
    bare = _without_titles(found)
    while bare != found:
        found, bare = bare, _without_titles(bare)
    return " ".join(bare)


@settings(max_examples=1_000)
@given(st.text(max_size=60) | st.text(st.characters(max_codepoint=127), max_size=60) | PIECED)
def test_any_name_is_folded_as_defined(name):
    assert fold_name(name) == folded(name)


def test_many_names_are_folded_as_defined():
    random = Random(60)
    for _ in range(NAMES):
        name = random.choice(("", " ")).join(random.choices(PIECES, k=random.randrange(7)))
        assert fold_name(name) == folded(name)


def test_no_more_names_are_remembered_than_the_bound():
    for number in range(NAMES_MAX + 1):
        fold_name(f"{number}")
    assert fold_name.cache_info().currsize == NAMES_MAX
