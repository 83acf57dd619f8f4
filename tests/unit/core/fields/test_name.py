"""The letters that a name may have, each checked against the definition."""

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st

from core.fields.invalid import InvalidError
from core.fields.name import NAME_LENGTH_MAX, parse_name

SIGNS = st.sampled_from([*"Siti .,'`-/()7#\u00b2\u2167", "\u2019", "\u0301", "\u0e34", "\u20dd"])
NAMES = st.text(SIGNS | st.characters(exclude_categories=["Cs"]), max_size=NAME_LENGTH_MAX)


def defined(tidy):
    return tidy[0].isalpha() and all(
        char in " .,'\u2019`-/()" or unicodedata.category(char)[0] in "LM" for char in tidy
    )


@settings(max_examples=1_000)
@given(NAMES)
def test_a_name_is_letters_marks_and_what_stands_between_names(text):
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    try:
        parse_name(text)
        problem = None
    except InvalidError as error:
        problem = error.code
    if not tidy:
        assert problem == "name_empty"
    elif len(tidy) <= NAME_LENGTH_MAX:
        assert problem == (None if defined(tidy) else "name_digits")
