"""Where regencies lie, and what people call them."""

import pytest

from core.fields.nik import regencies
from core.fields.towns import centre_of, regency_near, town_of
from core.messages import Location

RETIRED = ("9101", "9128", "9201", "9271")  # of NIKs from before Papua was divided


def test_every_regency_has_a_middle_in_the_country():
    for code in (*regencies(), *RETIRED):
        centre = centre_of(code)
        assert centre is not None, code
        assert -11.1 < centre.latitude < 6.1, code
        assert 95.0 < centre.longitude < 141.1, code


@pytest.mark.parametrize("code", ["", "9999", "0000", "3204115706960001", "x"])
def test_an_unknown_code_has_neither_middle_nor_town(code):
    assert centre_of(code) is None
    assert town_of(code) == ""


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ((-7.7955, 110.3695), "3471"),
        ((-6.18, 106.83), "3171"),
        ((-2.6, 140.7), "9171"),
        ((4.0, 108.3), "2103"),
        ((90.0, 0.0), "1172"),
    ],
)
def test_a_place_is_near_a_regency(place, code):
    assert regency_near(Location(*place)) == code


@pytest.mark.parametrize(
    ("code", "town"),
    [
        ("3273", "Bandung"),
        ("3204", "Kab. Bandung"),
        ("3404", "Sleman"),
        ("3471", "Yogyakarta"),
        ("3172", "Jakarta Utara"),
        ("3101", "Kepulauan Seribu"),
        ("9101", ""),
    ],
)
def test_a_town_is_written_as_people_write_it(code, town):
    assert town_of(code) == town


def test_no_two_regencies_have_one_name():
    towns = [town_of(code) for code in regencies()]
    assert len(set(towns)) == len(towns)
    assert max(map(len, towns)) <= 30
