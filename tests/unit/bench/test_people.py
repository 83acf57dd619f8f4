"""The people of the bench are valid, all different, and nobody is a slip of another."""

from datetime import date

import pytest

from core.fields.name import NAME_LENGTH_MAX, parse_name
from core.fields.nik import parse_nik
from core.fields.nik_slips import one_slip_apart, slips
from tests.bench import people
from tests.bench.people import SPACE, birth_date, name, nik, phone

TODAY = date(2021, 1, 15)
MANY = range(20_000)
SOME = (0, 1, 2, 77_777, 50_000_000, SPACE - 1)


@pytest.mark.parametrize("n", SOME)
def test_a_person_is_valid(n):
    read = parse_nik(nik(n), today=TODAY)
    assert (read.value, read.birth_date, read.region_known) == (nik(n), birth_date(n), True)
    assert parse_name(name(n)) == name(n)
    assert len(name(n)) <= NAME_LENGTH_MAX


def test_no_two_share_a_nik_or_a_name():
    crowd = range(50_000_000, 50_010_000)
    assert len({nik(n) for n in (*MANY, *crowd)}) == len(MANY) + len(crowd)
    assert len({name(n) for n in (*MANY, *crowd)}) == len(MANY) + len(crowd)


def test_person_and_number_are_one_to_one_as_far_as_the_space_goes():
    assert nik(SPACE) == nik(0)
    assert nik(SPACE - 1) != nik(0)


@pytest.mark.parametrize("n", SOME)
def test_no_slip_of_a_nik_is_anybodys(n):
    assert people.weighted(nik(n)) == 0
    assert all(people.weighted(one) for one in slips(nik(n)))


def test_neighbours_are_strangers():
    for n in range(1_000):
        assert not one_slip_apart(nik(n), nik(n + 1))
        assert nik(n)[:4] != nik(n + 1)[:4]
        assert birth_date(n) != birth_date(n + 1)


def test_people_come_from_everywhere_and_serials_are_low():
    assert len({nik(n)[:4] for n in MANY}) == len(people.REGENCIES)
    assert {nik(n)[12:] for n in MANY} == {f"{serial:04d}" for serial, _ in people.SERIALS}


def test_names_have_two_words_or_three():
    assert {len(name(n).split()) for n in MANY} == {2, 3}


def test_phones_are_of_one_length():
    assert phone(0) == "+6281200000000"
    assert phone(99_999_999) == "+6281299999999"
