"""One row of a roster: what is stored of it, and what is reported where it is faulty."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fields.invalid import InvalidError
from core.fields.nik import parse_nik
from core.fields.phone import parse_phone
from core.roster.row import (
    CODE_CHARACTERS_MAX,
    NAME_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    Entry,
    read_entry,
)

TODAY = date(2021, 1, 20)
NIK = "3204115706960001"
ROW = (NIK, "Siti Aminah, S.Kep.", "perawat", "F1", "08121110001")


def read(**changes):
    names = ("nik", "full_name", "profession", "facility_code", "phone")
    cells = [changes.get(name, cell) for name, cell in zip(names, ROW, strict=True)]
    return read_entry(cells, today=TODAY, country="ID")


def test_a_row_is_stored_unchanged():
    assert read() == (Entry(NIK, "Siti Aminah, S.Kep.", "perawat", "F1", "+628121110001"), None)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"nik": "3204 1157 0696 0001"}, {"nik": NIK}),
        ({"nik": "3204.1157.0696.0001"}, {"nik": NIK}),
        ({"full_name": "  Siti \t Aminah "}, {"full_name": "Siti Aminah"}),
        ({"full_name": "Nurhayatí"}, {"full_name": "Nurhayatí"}),
        ({"full_name": "W" * NAME_CHARACTERS_MAX}, {"full_name": "W" * NAME_CHARACTERS_MAX}),
        ({"full_name": "\u00c9" * NAME_CHARACTERS_MAX}, {}),
        ({"profession": ""}, {"profession": ""}),
        ({"profession": "p" * TEXT_CHARACTERS_MAX}, {}),
        ({"facility_code": "f" * CODE_CHARACTERS_MAX}, {}),
        ({"phone": ""}, {"phone": None}),
        ({"phone": "  "}, {"phone": None}),
        ({"phone": "+62 812-1110-001"}, {"phone": "+628121110001"}),
        ({"phone": "8121110001"}, {"phone": "+628121110001"}),
        ({"phone": "628121110001"}, {"phone": "+628121110001"}),
        ({"phone": "+60123456789"}, {"phone": "+60123456789"}),
        ({"phone": "'08121110001"}, {"phone": "+628121110001"}),
        ({"phone": '="08121110001"'}, {"phone": "+628121110001"}),
        ({"phone": "8121110001.0"}, {"phone": "+628121110001"}),
        ({"facility_code": '="0321"'}, {"facility_code": "0321"}),
    ],
)
def test_what_is_written_otherwise_is_understood(changes, kept):
    entry, fault = read(**changes)
    assert fault is None
    assert {name: getattr(entry, name) for name in kept} == kept


@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [
        ("nik", "", "empty"),
        ("nik", "320411570696000", "has 15 digits"),
        ("nik", "32041157069600011", "has 17 digits"),
        ("nik", "3204115706960OO1", "else than digits"),
        ("nik", "3.20412E+15", "rounded"),
        ("nik", "0004115706960001", "region"),
        ("nik", "3204003206960001", "region"),
        ("nik", "3204113206960001", "date of birth"),
        ("nik", "3204115706960000", "0000"),
        ("nik", "\uff13204115706960001", "else than digits"),
        ("full_name", "", "empty"),
        ("full_name", " ", "empty"),
        ("full_name", "W" * (NAME_CHARACTERS_MAX + 1), "longer than"),
        ("full_name", "08121110001", "no name"),
        ("full_name", "Siti 2", "no name"),
        ("full_name", "Si\0ti", "cannot be read"),
        ("profession", "p" * (TEXT_CHARACTERS_MAX + 1), "longer than"),
        ("profession", "pera\x00wat", "cannot be read"),
        ("facility_code", "f" * (CODE_CHARACTERS_MAX + 1), "longer than"),
        ("facility_code", "\ud800", "cannot be read"),
    ],
)
def test_a_fault_is_reported_and_never_quoted(column, cell, says):
    entry, fault = read(**{column: cell})
    assert entry is None
    assert fault.column == column
    assert says in fault.problem
    assert not cell.strip() or cell not in fault.problem


@pytest.mark.parametrize("phone", ["112", "0211500", "seven", "+62 21 5551234", "8" * 40])
def test_a_telephone_that_is_none_costs_nobody_their_place(phone):
    entry, fault = read(phone=phone)
    assert entry.phone is None
    assert entry.nik == NIK
    assert fault.column == "phone"
    assert phone not in fault.problem


@given(st.from_regex(r"(\+62|62|0|)[ -]?8[0-9]{7,13}", fullmatch=True))
def test_the_short_way_finds_the_number_that_the_long_way_finds(text):
    entry, _fault = read(phone=text)
    try:
        expected = parse_phone(text, country="ID")
    except InvalidError:
        expected = None
    assert entry.phone == expected


@given(st.from_regex(r"[0-9]{2}0?[0-9]{2,3}[0-7][0-9][01][0-9]{7}", fullmatch=True))
def test_the_short_way_takes_the_niks_that_the_long_way_takes(text):
    entry, _fault = read(nik=text)
    try:
        expected = parse_nik(text, today=TODAY).value
    except InvalidError:
        assert entry is None
    else:
        assert entry.nik == expected


@given(st.tuples(*[st.text()] * 5))
def test_any_row_is_an_entry_or_a_fault(cells):
    entry, fault = read_entry(cells, today=TODAY, country="ID")
    assert entry is not None or fault is not None
