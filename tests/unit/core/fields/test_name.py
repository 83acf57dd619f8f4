"""The letters that a name may have, each checked against the definition; and full stops."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.fields.invalid import InvalidError
from core.fields.name import MARKS_MAX, NAME_LENGTH_MAX, parse_name

SIGNS = st.sampled_from([*"Siti .,'`-/()7#\u00b2\u2167", "\u2019", "\u0301", "\u0e34", "\u20dd"])
NAMES = st.text(SIGNS | st.characters(exclude_categories=["Cs"]), max_size=NAME_LENGTH_MAX)
LETTERS = "".join(map(chr, (*range(0x41, 0x250), *range(0x1E00, 0x1F00))))
CASED = re.escape("".join(one for one in LETTERS if unicodedata.category(one) in {"Lu", "Ll"}))
LETTER = re.compile(rf"[{CASED}][\u0300-\u0341]{{0,{MARKS_MAX}}}")


def defined(tidy):
    plain = unicodedata.normalize("NFD", tidy)
    plain = LETTER.sub("", plain)
    return tidy[0].isalpha() and all(char in " .,'\u2019`-/()" for char in plain)


@settings(max_examples=1_000)
@given(NAMES)
def test_a_name_is_latin_letters_and_what_stands_between_names(text):
    tidy = " ".join(unicodedata.normalize("NFKC", text).split())
    try:
        name, problem = parse_name(text), None
    except InvalidError as error:
        name, problem = "", error.code
    if not tidy:
        assert problem == "name_empty"
    elif problem is None:
        assert defined(name)
        assert len(name) <= NAME_LENGTH_MAX
    elif len(tidy) <= NAME_LENGTH_MAX and not set("./\u00b4\u02bb\u02bc\u2018") & {*tidy}:
        assert (problem, defined(tidy)) == ("name_digits", False)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\uff33\uff49\uff54\uff49", "Siti"),  # fullwidth
        ("Ma\u02bcruf", "Ma\u2019ruf"),
        ("O\u00b4Brien", "O\u2019Brien"),
        ("Nguy\u1ec5n Th\u1ecb", "Nguy\u1ec5n Th\u1ecb"),
        ("\u0141ukasz \u0130nan\u00e7", "\u0141ukasz \u0130nan\u00e7"),
        ("M.Yusuf", "M. Yusuf"),
        ("Muh.Ali,S.Kep", "Muh. Ali,S.Kep"),
        ("R.A.Kartini", "R. A. Kartini"),
        ("dr.Siti Aminah", "dr. Siti Aminah"),
        ("Ns. Siti Aminah, S.Kep., M.Kes", "Ns. Siti Aminah, S.Kep., M.Kes"),
        ("Siti Aminah.S.Kep.Ns", "Siti Aminah. S.Kep. Ns"),
        ("Siti Aminah, A.Md.Keb.", "Siti Aminah, A.Md.Keb."),
        ("dr. Ahmad, Sp.OG(K)", "dr. Ahmad, Sp.OG(K)"),
        ("Rani D/O Kumar", "Rani D/O Kumar"),
        ("Sri-Mulyani", "Sri-Mulyani"),
        ("Siti A.", "Siti A."),
    ],
)
def test_what_is_written_close_is_a_name_all_the_same(text, name):
    assert parse_name(text) == name
    assert parse_name(name) == name


@pytest.mark.parametrize("marks", [MARKS_MAX, MARKS_MAX + 1])
def test_a_letter_has_so_many_accents(marks):
    text = "Siti x" + "\u0323" * marks
    if marks <= MARKS_MAX:
        assert parse_name(text)
    else:
        with pytest.raises(InvalidError, match="name_digits"):
            parse_name(text)
