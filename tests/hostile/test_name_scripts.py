"""Names that imitate, hide or link: each script beside Latin, and many ways to write a link."""

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fields.invalid import InvalidError
from core.fields.name import NAME_LENGTH_MAX, parse_name
from core.fields.name_matching import is_title

SCRIPTS = (
    *("ARABIC", "ARMENIAN", "BALINESE", "BENGALI", "CHEROKEE", "CJK", "COPTIC", "CYRILLIC"),
    *("DEVANAGARI", "ETHIOPIC", "GEORGIAN", "GREEK", "HANGUL", "HEBREW", "HIRAGANA", "JAVANESE"),
    *("KATAKANA", "KHMER", "LISU", "SUNDANESE", "TAMIL", "THAI", "TIFINAGH"),
)
# What a mail program, a chat or a phone turns into a link.
LINK = re.compile(r"[^\W_]+(?:[.][^\W_]+)+|[a-z]+:|/", re.IGNORECASE)
ADDRESSES = (
    *("www.evil.id/x", "BUKA EVIL.ID/A", "evil.co", "buka evil.id", "wa.me/62811", "bit.ly/Ab"),
    *("http://evil.id", "Siti evil.id", "Siti, evil.id", "(evil.id)", "a@evil.id", "evil\u3002id"),
    *(
        "evil\uff0eid",
        "\uff45vil.id",
        "evil..id",
        ".evil.id",
        "S.Kep/evil",
        "evil.id.",
        "Siti/Ani",
    ),
)
IMITATED = (
    *("\u041cUHAMMAD", "S\u0456ti", "\u0391hmad", "Sit\u0131\u0307\u0307\u0307", "\u13a0hmad"),
    *("\uff33iti \u3164", "Siti\u200bAminah", "Siti\u202eanimA", "Siti\u00adAminah", "\u3164"),
    *(
        "Siti \ufdfa",
        "S\u0301\u0301\u0301iti",
        "\u01c0lham",
        "\u0254iti",
        "Siti\u0e34",
        "Siti\u20dd",
    ),
)
LETTERS = [
    chr(code)
    for code in range(sys.maxunicode + 1)
    if unicodedata.category(chr(code)) in {"Lu", "Ll", "Lo", "Lt", "Lm"}
]


def outcome(text):
    try:
        return parse_name(text)
    except InvalidError as error:
        return error.code


def links(name):
    """Return what reads as a link, degrees and `S/O` apart."""
    found = [
        one[0]
        for one in LINK.finditer(re.sub(r"\b[SDW]/O\b|\bA/[LP]\b", "", name, flags=re.IGNORECASE))
    ]
    return [one for one in found if not is_title(one.replace(".", ""))]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_letter_of_another_script_is_no_part_of_a_name(script):
    own = [char for char in LETTERS if unicodedata.name(char, "").startswith(f"{script} ")]
    assert own
    for char in own:
        for text in (char, f"Siti{char}", f"{char} Aminah"):
            assert outcome(text) in {"name_digits", "name_too_long"}, unicodedata.name(char)


def test_every_letter_that_a_name_may_have_is_latin():
    taken = [
        char for char in LETTERS if outcome(f"A{char}") not in {"name_digits", "name_too_long"}
    ]
    names = [unicodedata.name(char) for char in unicodedata.normalize("NFKC", "".join(taken))]
    odd = {name for name in names if not name.startswith("LATIN ")}
    assert odd == {"MODIFIER LETTER APOSTROPHE", "MODIFIER LETTER TURNED COMMA"}
    assert "\u01c0" not in taken  # it looks like a bar


@pytest.mark.parametrize("text", IMITATED)
def test_what_imitates_or_hides_letters_is_refused(text):
    assert outcome(text) == "name_digits"


@pytest.mark.parametrize("text", ADDRESSES)
def test_an_address_is_no_name(text):
    assert outcome(text) in {"name_link", "name_digits"}


PIECES = (
    "siti",
    "evil",
    "id",
    "www",
    "S",
    "Kep",
    "dr",
    "m",
    "co",
    "Muh",
    "sp",
    "A",
    "Md",
    "\u00e9",
)
SIGNS = (
    ".",
    "..",
    "/",
    " ",
    ", ",
    "-",
    "'",
    "(",
    "\uff0e",
    "\u2024",
    "\u3002",
    "\u2100",
    "\u0301",
)
WRITTEN = st.lists(st.sampled_from(PIECES + SIGNS), max_size=12).map("".join)


@given(WRITTEN | st.text(max_size=NAME_LENGTH_MAX))
def test_nothing_that_is_taken_reads_as_a_link(text):
    name = outcome(text)
    if not name.startswith("name_"):
        assert not links(name)
        assert outcome(name) == name
        assert unicodedata.is_normalized("NFKC", name.replace("\u2019", "'"))
