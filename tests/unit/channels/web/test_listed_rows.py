"""Rows of a list between two forms: what the page holds is what comes back, and no more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.web.listed_rows import (
    ANSWER_CHARACTERS_MAX,
    KEYS,
    ROW_NUMBER_MAX,
    Line,
    field_of,
    lines_of,
    once,
    read_rows,
)
from core.conversation.register.listed import ListedRow
from core.messages import ListedPerson
from tests.contract.test_catalogs import LISTED_ERRORS
from tests.fixtures.lists import READER, letter, person

MANY = 100


def fields_of(line):
    return {f"row.{line.row}": line.whole}


def test_a_row_comes_back_as_it_was_shown():
    shown = Line(7, person(7).answers, {})
    assert read_rows(fields_of(shown), MANY) == [person(7)]


def test_a_row_that_is_mended_comes_answer_by_answer():
    fields = {f"{key}.7": value for key, value in person(7).answers.items()}
    assert read_rows(fields, MANY) == [person(7)]


def test_a_row_that_is_left_out_is_gone():
    fields = {f"{key}.7": value for key, value in person(7).answers.items()}
    kept = fields_of(Line(8, person(8).answers, {}))
    assert read_rows({**fields, **kept, "drop.7": "on"}, MANY) == [person(8)]


def test_rows_come_in_their_order_and_no_more_than_a_day_has():
    fields = {}
    for n in (3, 1, 2):
        fields |= fields_of(Line(n, person(n).answers, {}))
    assert [one.row for one in read_rows(fields, 2)] == [1, 2]


@pytest.mark.parametrize(
    "name",
    ["row", "row.", "row.0", "row.-1", "row.1.2", "row.\u0661", f"row.{ROW_NUMBER_MAX}0", "x.1"],
)
def test_what_is_no_row_is_passed_over(name):
    assert read_rows({name: "a\tb\tc\td"}, MANY) == []


def test_an_answer_has_its_bound_and_one_line():
    [found] = read_rows({"nik.1": "1" * (ANSWER_CHARACTERS_MAX + 1), "full_name.1": "A\nB"}, MANY)
    assert len(found.answers["nik"]) == ANSWER_CHARACTERS_MAX
    assert found.answers["full_name"] == "A B"


def test_rows_to_mend_stand_first_with_what_is_wrong_at_its_field():
    persons = [person(1), person(2, nik="12", phone="")]
    read = [READER.read(letter(), one) for one in persons]
    first, second = lines_of(persons, read)
    assert (first.row, second.row) == (2, 1)
    assert set(first.faults) == {"nik", "phone"}
    assert second.faults == {}


def test_a_row_that_repeats_another_counts_once():
    first, other = person(1), person(2)
    again = ListedPerson(5, {**first.answers, "phone": f"'{first.answers['phone']}"})
    phone = ListedPerson(6, {**first.answers, "phone": "081399999999"})
    wrong = [person(7, nik="12"), person(8, nik="12")]
    given = [first, other, again, phone, *wrong]
    persons, read, repeats = once(given, [READER.read(letter(), one) for one in given])
    assert [one.row for one in persons] == [1, 2, 6, 7, 8]
    assert [row.full_name for row in read] == [one.answers["full_name"] for one in persons]
    assert repeats == 1


def test_each_fault_has_a_field():
    assert {field_of(f"list_fault_{error}") for error in LISTED_ERRORS} == set(KEYS)
    assert field_of("list_fault_name_link") == "full_name"
    assert field_of("list_fault_phone_missing") == "phone"


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=30), max_size=5))
def test_any_fields_are_read(fields):
    persons = read_rows(fields, MANY)
    assert all(isinstance(one, ListedPerson) for one in persons)
    assert len(lines_of(persons, [ListedRow("", "", None)] * len(persons))) == len(persons)
