"""Rows of a facilities file: what can be used, and what is told of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.appointments.facility import Facility
from core.appointments.facility_row import (
    ADDRESS_CHARACTERS_MAX,
    COLUMNS,
    NAME_CHARACTERS_MAX,
    read_facility,
)

ROW = dict(
    zip(COLUMNS, ("A1", "Klinik Satu", "3204", "Jl. Satu 1", "-7.03", "107.5"), strict=True)
)
WHOLE = Facility(
    code="A1",
    name="Klinik Satu",
    regency_code="3204",
    address="Jl. Satu 1",
    latitude=-7.03,
    longitude=107.5,
)


def read(**changes):
    return read_facility([*{**ROW, **changes}.values()])


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"regency_code": "32.04"},
        {"regency_code": "'3204", "code": '="A1"', "latitude": "'-7,03"},
        {"name": " Klinik \n Satu "},
        {"latitude": "-7,03", "longitude": " 107,5 "},
    ],
)
def test_a_row_is_read_however_it_is_written(changes):
    assert read(**changes) == (WHOLE, None)


def test_a_place_may_be_unknown():
    facility, fault = read(latitude="", longitude=" ")
    assert (facility.location, fault) == (None, None)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"latitude": "107.5", "longitude": "-7.03"}, "latitude"),
        ({"latitude": "nan"}, "latitude"),
        ({"longitude": ""}, "longitude"),
        ({"longitude": "180.1"}, "longitude"),
        ({"latitude": "0", "longitude": "0.0"}, "latitude"),
        ({"latitude": "south"}, "latitude"),
    ],
)
def test_a_row_is_used_without_coordinates_that_cannot_be(changes, column):
    facility, fault = read(**changes)
    assert (facility.code, facility.location) == ("A1", None)
    assert fault.column == column


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("code", " "),
        ("code", "x" * 41),
        ("name", ""),
        ("name", "x" * (NAME_CHARACTERS_MAX + 1)),
        ("name", "a\0b"),
        ("regency_code", "320"),
        ("regency_code", "0004"),
        ("regency_code", "3200"),
        ("regency_code", "\u0663\u0662\u0660\u0664"),
        ("address", "x" * (ADDRESS_CHARACTERS_MAX + 1)),
    ],
)
def test_a_row_that_cannot_be_used_says_why(column, text):
    facility, fault = read(**{column: text})
    assert (facility, fault.column) == (None, column)


def test_texts_fit_at_their_bounds():
    facility, fault = read(
        code="x" * 40, name="x" * NAME_CHARACTERS_MAX, address="x" * ADDRESS_CHARACTERS_MAX
    )
    assert facility is not None
    assert fault is None


@given(st.lists(st.text(), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_any_row_is_a_facility_or_a_fault(cells):
    facility, fault = read_facility(cells)
    assert facility is not None or fault is not None
