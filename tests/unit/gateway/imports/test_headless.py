"""Tables as people paste them into a page: rows of a sheet without its headings."""

import pytest

from core.messages import ListedPerson
from gateway.imports.headless import guess_columns, guess_persons
from gateway.imports.tables import Table
from tests.fixtures.lists import cells

KEYS = ("nik", "full_name", "profession", "phone")

MANY = [cells(n) for n in (1, 2, 3)]


def table(*rows):
    return Table(list(enumerate([list(row) for row in rows], 1)))


def answers(n):
    return dict(zip(KEYS, cells(n), strict=True))


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (1, 0, 2, 3), (3, 1, 2, 0), (1, 2, 3, 0)])
def test_columns_are_known_by_what_they_hold(order):
    rows = [[cells(n)[place] for place in order] for n in (1, 2, 3)]
    persons = guess_persons(table(*rows), part=0)
    assert persons == [ListedPerson(n, answers(n)) for n in (1, 2, 3)]


@pytest.mark.parametrize("around", ["'{}", '="{}"', "\u2018{}"])
def test_columns_are_known_through_what_spreadsheets_need_around_numbers(around):
    rows = [[around.format(nik), *words, around.format(phone)] for nik, *words, phone in MANY]
    assert set(guess_columns(rows)) == set(KEYS)


def test_numbers_of_rows_are_passed_over():
    rows = [[str(n), *cells(n)] for n in (1, 2)]
    assert [one.answers for one in guess_persons(table(*rows), 0)] == [answers(1), answers(2)]


def test_a_nik_that_lacks_a_digit_is_one_still():
    rows = [cells(1), [cells(2)[0][:15], *cells(2)[1:]], cells(3)]
    assert guess_persons(table(*rows), 0)[1].answers["nik"] == cells(2)[0][:15]


def test_titles_are_no_persons():
    found = guess_persons(table(["DAFTAR NAKES"], cells(1), cells(2), cells(3)), 0)
    assert [one.row for one in found] == [2, 3, 4]


def test_a_person_without_a_phone_is_one_to_mend():
    [found] = guess_persons(table(cells(1)[:3]), 0)
    assert set(found.answers) == {"nik", "full_name", "profession"}


@pytest.mark.parametrize("rows", [[], [["Siti Aminah", "perawat"]], [["0812", "3"]]])
def test_a_table_without_niks_names_nobody(rows):
    assert "nik" not in guess_columns(rows)
    assert guess_persons(table(*rows), 0) is None
