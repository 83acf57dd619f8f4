"""The cells of a row: what spreadsheets need around a number is none of it."""

import pytest

from core.fields.cell import bare_nik, unforced

NIK = "3204115706960001"


@pytest.mark.parametrize("around", ["{}", "'{}", '="{}"', "NIK {}", "No. KTP: {}", " {} ", '"{}"'])
def test_what_stands_around_a_nik_is_taken_off(around):
    assert bare_nik(around.format(NIK)) == NIK


def test_what_stands_within_stays():
    assert bare_nik("32041157O6960001") == "32041157O6960001"
    assert bare_nik("") == bare_nik("=''") == ""


@pytest.mark.parametrize("around", ["{}", "'{}", '="{}"', "\u2019{}", " '{} "])
def test_what_a_spreadsheet_was_made_to_keep_as_text_is_taken_off(around):
    assert unforced(around.format("0812")) == "0812"


def test_a_text_that_nothing_forced_stays():
    assert unforced(' O\'Hara "Bidan" ') == ' O\'Hara "Bidan" '
