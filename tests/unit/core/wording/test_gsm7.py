"""GSM-7: its letters, lengths, segments and pages."""

import sys
from unicodedata import decomposition

import pytest

from core.wording.gsm7 import fits, pages, septets, to_gsm7

FOOTER = "98 lanjut"
NOTHING_LIKE_IT = "\u4f60\u0416\ufdfa\ud800\u0378"  # one `?` for each but the unassigned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ketik 1 untuk daftar", "Ketik 1 untuk daftar"),
        ("", ""),
        ("é ü Ñ ß £ € [x]", "é ü Ñ ß £ € [x]"),
        ("e\u0301", "é"),
        ("a\u0302\u0323\u0301", "a"),
        ("ç ã ő č Ǻ", "c a o c A"),
        ("\u201cya\u201d \u2018tidak\u2019 `x` \u00b4", "\"ya\" 'tidak' 'x' '"),
        ("1\u20132 \u2014 \u2026", "1-2 - ..."),
        ("a\u00a0b\u3000c\u2003d\te", "a b c d e"),
        ("\u0661\u06f2\uff13\u0967", "1231"),
        ("\uff21\uff42\uff01", "Ab!"),
        ("\u2460 \u00bd \u00b2 \ufb01 \u2122 \u2116", "1 1/2 2 fi TM No"),
        ("ok \U0001f600\U0001f44d\U0001f3fd\u2764\ufe0f!", "ok !"),
        ("a\u200bb\u200d\ufeffc\x00\x1bd", "abcd"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("Łódź Đorđe Þór œuvre", "Lódz Dorde Thór oeuvre".replace("ó", "o")),
        (NOTHING_LIKE_IT, "????"),
    ],
)
def test_letters_become_their_likes(text, expected):
    assert to_gsm7(text) == expected


def test_no_letter_at_all_becomes_more_than_four():
    letters = [chr(code) for code in range(sys.maxunicode + 1) if decomposition(chr(code))]
    assert len(letters) > 5_000
    assert max(len(to_gsm7(letter)) for letter in letters) == 4


@pytest.mark.parametrize(("text", "expected"), [("", 0), ("ab\n", 3), ("[€]", 6), ("a|b", 4)])
def test_letters_behind_an_escape_cost_two(text, expected):
    assert septets(text) == expected


def test_text_fits_as_it_will_be_sent():
    assert fits("\u201c" + "a" * 158 + "\u201d", 160)
    assert not fits("\u2026" + "a" * 158, 160)


def test_a_text_that_fits_is_one_page_without_footer():
    assert pages("a\n" * 79 + "bc", septets_max=160, footer=FOOTER) == ("a\n" * 79 + "bc",)


def test_pages_break_between_lines():
    options = [f"{number} {'x' * 38}" for number in range(1, 8)]
    first, second, third = pages("\n".join(options), septets_max=160, footer=FOOTER)
    assert first == "\n".join([*options[:3], FOOTER])
    assert second == "\n".join([*options[3:6], FOOTER])
    assert third == options[6]


def test_a_last_line_may_take_the_footers_place():
    line = "y" * 155
    assert pages(f"a question?\n{line}", septets_max=160, footer=FOOTER)[-1] == line


def test_a_line_too_long_breaks_between_words_and_a_word_too_long_is_cut():
    assert pages("aaa bbb ccc ddd", septets_max=14, footer="98") == ("aaa bbb ccc\n98", "ddd")
    assert pages("aaa bbb cccc ddd", septets_max=14, footer="98") == ("aaa bbb\n98", "cccc ddd")
    assert pages("abcdefghijklmno", septets_max=8, footer="98") == (
        "abcde\n98",
        "fghij\n98",
        "klmno",
    )


def test_an_escape_pair_is_never_split():
    assert pages("€€€€€", septets_max=8, footer="98") == ("€€\n98", "€€€")


def test_empty_lines_are_left_out():
    assert pages("a\n\n \nb\n", septets_max=160, footer=FOOTER) == ("a\nb",)
    assert pages("\n" * 200, septets_max=160, footer=FOOTER) == ("",)


def test_a_page_without_room_is_refused():
    with pytest.raises(ValueError, match="no room"):
        pages("a", septets_max=len(FOOTER) + 2, footer=FOOTER)
    assert pages("€€€", septets_max=5, footer="98") == ("€\n98", "€€")


def test_a_long_line_is_split_behind_a_sentence():
    said = "Anda terdaftar, nomor 7K3M-9QXC. Kirim surat ke vaksin@pintu.id. Bantuan: 119 ext 9"
    first, second = pages(said, septets_max=80, footer="98 lanjut")
    assert first == "Anda terdaftar, nomor 7K3M-9QXC. Kirim surat ke vaksin@pintu.id.\n98 lanjut"
    assert second == "Bantuan: 119 ext 9"


@pytest.mark.parametrize("head", [f"{'a' * 40} Jl. Raya 5", f"Ya. {'a' * 30}"])
def test_an_abbreviation_or_an_early_sentence_ends_no_page(head):
    first = pages(f"{head} {'b' * 66}", septets_max=80, footer="98 lanjut")[0]
    assert first == f"{head}\n98 lanjut"
