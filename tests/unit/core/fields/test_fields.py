"""One parser for each kind of answer: what it takes, what it refuses, and why."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fields.choice import fold, parse_choice
from core.fields.invalid import InvalidError
from core.fields.name import NAME_LENGTH_MAX, parse_name
from core.fields.nik import parse_nik, regencies
from core.fields.phone import country_of, parse_phone

TODAY = date(2021, 1, 15)
NOT_NAMES = frozenset({"terima kasih", "ok"})


def reason(parse, text, **more):
    with pytest.raises(InvalidError) as error:
        parse(text, **more)
    return error.value.code


@pytest.mark.parametrize(
    ("text", "born", "sex", "known"),
    [
        ("3204115706960001", date(1996, 6, 17), "female", True),
        ("3204 1157 0696 0001", date(1996, 6, 17), "female", True),
        ("3204-1157.0696 0001", date(1996, 6, 17), "female", True),
        ("3602041211870001", date(1987, 11, 12), "male", True),
        ("3204110101200001", date(2020, 1, 1), "male", True),
        ("3204111501210001", date(2021, 1, 15), "male", True),
        ("3204111601210001", date(1921, 1, 16), "male", True),  # tomorrow: a century ago
        ("3204112902000001", date(2000, 2, 29), "male", True),
        ("9999117112990001", date(1999, 12, 31), "female", False),
    ],
)
def test_a_nik_tells_birth_date_and_sex(text, born, sex, known):
    nik = parse_nik(text, today=TODAY)
    assert (nik.birth_date, nik.sex, nik.region_known) == (born, sex, known)
    assert nik.value not in repr(nik)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "nik_digits"),
        ("32041157069600O1", "nik_digits"),
        ("\uff13204115706960001", "nik_digits"),  # fullwidth
        ("320411570696000\u00b2", "nik_digits"),  # superscript
        ("320411570696000", "nik_length"),
        ("32041157069600011", "nik_length"),
        ("0004115706960001", "nik_region"),
        ("3200115706960001", "nik_region"),
        ("3204005706960001", "nik_region"),
        ("3204110006960001", "nik_date"),
        ("3204113206960001", "nik_date"),
        ("3204114006960001", "nik_date"),
        ("3204117206960001", "nik_date"),
        ("3204119906960001", "nik_date"),
        ("3204115713960001", "nik_date"),
        ("3204112902190001", "nik_date"),  # neither 2019 nor 1919 had one
        ("3204115706960000", "nik_serial"),
    ],
)
def test_a_wrong_nik_says_which_part(text, code):
    assert reason(parse_nik, text, today=TODAY) == code


def test_regions_in_use():
    assert "3204" in regencies()
    assert "32" not in regencies()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  siti   AMINAH ", "siti AMINAH"),
        ("Suharto", "Suharto"),
        ("dr. H. Ahmad Ma'ruf, Sp.A(K)", "dr. H. Ahmad Ma'ruf, Sp.A(K)"),
        ("Anne-Marie d\u2019Arc", "Anne-Marie d\u2019Arc"),
        ("I Gusti Ngurah Rai", "I Gusti Ngurah Rai"),
        ("Jose\u0301", "Jos\u00e9"),
        ("a" * NAME_LENGTH_MAX, "a" * NAME_LENGTH_MAX),
    ],
)
def test_names_as_people_write_them(text, name):
    assert parse_name(text) == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "name_empty"),
        (" \n", "name_empty"),
        ("1", "name_digits"),
        ("Siti 2", "name_digits"),
        ("SITI*AMINAH", "name_digits"),
        ("...", "name_digits"),
        ("{number}", "name_digits"),
        ("Siti \U0001f600", "name_digits"),
        ("a" * (NAME_LENGTH_MAX + 1), "name_too_long"),
        ("Terima kasih.", "name_courtesy"),
        ("OK", "name_courtesy"),
    ],
)
def test_what_is_not_a_name(text, code):
    assert reason(parse_name, text, not_names=NOT_NAMES) == code


@pytest.mark.parametrize(
    "text",
    ["081211110001", "+6281211110001", "6281211110001", "0812-1111-0001", "+62 (0) 812 1111 0001",
     "81211110001", "0062 812 1111 0001", "tel:+6281211110001", "(0812) 1111-0001",
     "WA: 081211110001",
     "0812.1111.0001 (WA)", "HP 081211110001 (aktif) malam"],
)  # fmt: skip
def test_a_mobile_number_in_any_notation(text):
    assert parse_phone(text, country="ID") == "+6281211110001"


@pytest.mark.parametrize(
    ("text", "code"),
    [("119", "phone_unclear"), ("*119#", "phone_unclear"), ("", "phone_unclear"),
     ("08123", "phone_unclear"), ("0812 3456 78O4", "phone_unclear"),
     ("0812l456789", "phone_unclear"), ("0812-3456-78xx", "phone_unclear"),
     ("0812 1111 0001 / 0812 1111 0002", "phone_unclear"),
     ("O812 1111 0001", "phone_unclear"), ("0" * 31, "phone_unclear"),
     ("021-5201590", "phone_not_mobile")],
)  # fmt: skip
def test_what_is_not_a_mobile_number(text, code):
    assert reason(parse_phone, text, country="ID") == code


@pytest.mark.parametrize("text", ["6581234567", "+65 8123 4567", "0065 8123 4567"])
def test_a_number_of_another_country_is_read_as_such(text):
    assert parse_phone(text, country="ID") == "+6581234567"


@pytest.mark.parametrize(
    ("phone", "country"),
    [
        ("+6281211110001", "ID"),
        ("+60123456789", "MY"),
        ("+252615000777", "SO"),
        ("+12125550123", "US"),
        ("+14165550123", "CA"),
        ("+77011234567", "KZ"),
        ("+99912345678", ""),
        ("", ""),
        ("\ud800", ""),
    ],
)
def test_a_phone_has_the_country_of_its_number(phone, country):
    assert country_of(phone) == country


WORDS = {"1": "a", "perawat": "a", "2": "b", "bidan": "b"}


@pytest.mark.parametrize("text", ["1", " 1. ", "PERAWAT", "perawat!", "prawat", "perawat"])
def test_a_choice_by_number_word_or_slip(text):
    assert parse_choice(text, WORDS) == "a"


@pytest.mark.parametrize("text", ["", "3", "11", "tukang", "bidaan perawat bidan"])
def test_what_chooses_nothing(text):
    assert reason(parse_choice, text, words=WORDS) == "choice_unclear"


@given(st.text() | st.text(alphabet="aZ_- .'\u0130\u0149\u00df", max_size=6))
def test_one_word_is_folded_as_any_text_is(text):
    assert fold(text) == fold(f" {text} ")


@given(st.text(max_size=200))
def test_every_parser_is_total(text):
    for parse in (
        lambda t: parse_nik(t, today=TODAY),
        parse_name,
        lambda t: parse_phone(t, country="ID"),
        lambda t: parse_choice(t, WORDS),
        fold,
    ):
        with suppress(InvalidError):
            parse(text)
