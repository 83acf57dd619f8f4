"""Tables as clinics make them: titles above, headings in any words, remarks below."""

import msgspec
import pytest

from core.messages import ListedPerson
from gateway.imports.headings import (
    HEAD_ROWS_MAX,
    HEADING_CHARACTERS_MAX,
    HEADINGS_CHARACTERS_MAX,
    ROUNDED_ROWS_MIN,
    Headings,
)
from gateway.imports.tables import Table
from tests.fixtures.lists import cells
from tests.scripts import TYPED

HEADINGS = Headings(TYPED)
HEAD = ["No", "Nama Lengkap (dengan gelar)", "NIK", "Jabatan", "No. HP/WA", "Alamat"]


def table(*rows, start=1):
    return Table(list(enumerate([list(row) for row in rows], start)))


def row(n):
    nik, name, profession, phone = cells(n)
    return [str(n), name, nik, profession, phone, "Jl. Raya 1"]


def answers(n):
    return dict(zip(("nik", "full_name", "profession", "phone"), cells(n), strict=True))


def test_each_row_below_the_headings_is_a_person():
    persons = HEADINGS.persons(table(HEAD, row(1), row(2)), part=3)
    assert persons == [ListedPerson(2, answers(1), 3), ListedPerson(3, answers(2), 3)]


@pytest.mark.parametrize(
    "head",
    [
        ("nama", "nik", "profesi", "no hp"),
        ("NAMA LENGKAP", "NO. KTP", "JABATAN", "NO. TELP"),
        ("Nama_Pegawai", "NIK (16 digit)", "Jenis Nakes", "Nomor HP"),
        ("Full Name", "National ID", "Job title", "Mobile number"),
        ("Nama\nlengkap", "N I K".replace(" ", ""), "Tenaga Kesehatan", "WhatsApp"),
    ],
)
def test_headings_have_many_words(head):
    found = HEADINGS.columns(head)
    assert found == {"full_name": 0, "nik": 1, "profession": 2, "phone": 3}


def test_titles_above_and_the_numbers_of_columns_below_are_no_persons():
    title, numbers = ["DAFTAR NAKES RS SEHAT"], ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"]
    rows = (title, ["Januari 2021"], HEAD, numbers, row(1), HEAD, row(2))
    assert [one.row for one in HEADINGS.persons(table(*rows), 1)] == [5, 7]


def test_headings_are_searched_in_so_many_rows():
    titles = [["x"]] * (HEAD_ROWS_MAX - 1)
    assert HEADINGS.persons(table(*titles, HEAD, row(1)), 1)
    assert HEADINGS.persons(table(*titles, ["x"], HEAD, row(1)), 1) is None


@pytest.mark.parametrize(
    "head",
    [
        ("Nama", "Jabatan"),
        ("NIK", "Jabatan"),
        ("NIK", "Nama", "NIK"),
        ("Nama", "NIK", "Nama Lengkap"),
        ("Nama Ibu Kandung", "NIK"),
        (),
    ],
)
def test_without_one_nik_and_one_name_there_are_no_headings(head):
    assert HEADINGS.persons(table(head, row(1)), 1) is None


def test_of_two_columns_of_one_question_the_better_named_counts():
    assert HEADINGS.columns(("Nama", "NIK", "Jabatan", "Profesi"))["profession"] == 3
    assert HEADINGS.columns(("Nama", "NIK", "Profesi", "Jabatan"))["profession"] == 2


def test_a_row_keeps_what_it_has_and_takes_nothing_of_another():
    gap = ["2", "BUDI", "", "", "", ""]
    found = HEADINGS.persons(table(HEAD, row(1), gap, row(3)[:3], ["", "", ""]), 1)
    assert found[1] == ListedPerson(3, {"full_name": "BUDI"}, 1)
    assert found[2].answers.keys() == {"full_name", "nik"}
    assert len(found) == 3


@pytest.mark.parametrize("short", [0, 1])
def test_niks_that_all_end_in_0_are_told_as_rounded(short):
    many = ROUNDED_ROWS_MIN - short
    rows = [["X", f"320411570696{n:03d}0"] for n in range(1, many + 1)]
    found = HEADINGS.persons(table(("Nama", "NIK"), *rows), 1)
    assert ("E+15" in found[0].answers["nik"]) is not bool(short)


def sheets(first, *further):
    return msgspec.structs.replace(first, further=list(further))


def test_a_list_may_stand_behind_instructions():
    manual, listed = table(["Petunjuk pengisian"], ["1. Isi NIK"]), table(HEAD, row(1))
    sheet, persons = HEADINGS.find_list(sheets(manual, listed), 1)
    assert (sheet, len(persons)) == (listed, 1)


def test_of_several_lists_that_of_most_people_is_read():
    example, listed = table(["Contoh"], HEAD, row(9)), table(HEAD, row(1), row(2))
    for first, further in ((example, listed), (listed, example)):
        assert HEADINGS.find_list(sheets(first, further), 1)[0].rows == listed.rows
    again = table(HEAD, row(3), row(4))
    assert HEADINGS.find_list(sheets(listed, again), 1)[0].rows == listed.rows


def test_a_workbook_without_a_list_has_none():
    assert HEADINGS.find_list(table(["a", "b"]), 1) is None
    assert HEADINGS.find_list(Table(), 1) is None


@pytest.mark.parametrize(
    ("head", "said", "lacking"),
    [
        (["No", "Nama", "Nomor Kartu"], "No, Nama, Nomor Kartu", ["nik"]),
        (["NIK", "NIK", "Nama"], "NIK, NIK, Nama", ["nik"]),
        (["a", "b"], "a, b", ["nik", "full_name"]),
        (["evil.id/x", "Nama", "3204115706960001"], "evil id x, Nama", ["nik"]),
    ],
)
def test_the_headings_that_were_read_are_told_and_what_they_lack(head, said, lacking):
    title = ["DAFTAR NAKES"]
    if len(lacking) == 1:
        assert HEADINGS.nearest(table(title, head, row(1))) == (said, lacking)
    assert HEADINGS.nearest(table(head)) == (said, lacking)


def test_so_much_of_the_headings_is_told():
    said, _ = HEADINGS.nearest(table(["Nama", *["x" * 99] * 9]))
    assert len(said) <= HEADINGS_CHARACTERS_MAX
    assert "x" * (HEADING_CHARACTERS_MAX + 1) not in said


def test_of_an_empty_table_nothing_is_told():
    assert HEADINGS.nearest(Table()) == ("", ("nik", "full_name"))
