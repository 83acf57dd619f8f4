"""The cells of a row: what spreadsheets need around a number is none of it."""

import pytest

from core.fields.cell import bare_nik

NIK = "3204115706960001"


@pytest.mark.parametrize("around", ["{}", "'{}", '="{}"', "NIK {}", "No. KTP: {}", " {} ", '"{}"'])
def test_what_stands_around_a_nik_is_taken_off(around):
    assert bare_nik(around.format(NIK)) == NIK


def test_what_stands_within_stays():
    assert bare_nik("32041157O6960001") == "32041157O6960001"
    assert bare_nik("") == bare_nik("=''") == ""
