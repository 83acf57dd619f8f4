"""Tables that people send: as spreadsheets write them, and broken in every way."""

import random
from contextlib import suppress

import openpyxl
import pytest

from gateway.imports import sheets
from gateway.imports.sheets import (
    LINE_CHARACTERS_MAX,
    LINES_PER_ROW_MAX,
    Sheet,
    UnreadableError,
    open_sheet,
)

HEAD, ROW = "nik,full_name,phone", "3204115706960001,Siti Aminah,0812"


@pytest.fixture
def read(tmp_path):
    def read(content, name="roster.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with open_sheet(path) as sheet:
            return sheet.columns, list(sheet.rows)

    return read


@pytest.fixture
def read_book(tmp_path):
    def read(*rows):
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(tmp_path / "roster.xlsx")
        with open_sheet(tmp_path / "roster.xlsx") as sheet:
            return sheet.columns, list(sheet.rows)

    return read


@pytest.mark.parametrize(
    "content",
    [
        f"{HEAD}\n{ROW}\n",
        f"{HEAD}\r\n{ROW}",
        f"\ufeff{HEAD}\n{ROW}\n",
        f"\n\n{HEAD}\n\n,,\n{ROW}\n\n",
        f"{HEAD}\n{ROW}\n".replace(",", ";"),
        f"{HEAD}\n{ROW}\n".replace(",", "\t"),
        f"sep=;\n{HEAD}\n{ROW}\n".replace(",", ";"),
        f"{HEAD}\n{ROW}\n".encode("utf-16"),
        'nik,"full_name",phone\n3204115706960001,"Siti Aminah","0812"\n',
        f" NIK ,Full Name,PHONE\n{ROW}\n",
        f"Nik,full-name,Phone\n{ROW}\n",
    ],
)
def test_every_way_of_writing_a_table_is_read(read, content):
    columns, ((_number, cells),) = read(content)
    assert columns == {"nik": 0, "full_name": 1, "phone": 2}
    assert cells == ["3204115706960001", "Siti Aminah", "0812"]


def test_rows_have_the_numbers_that_a_spreadsheet_shows(read):
    _columns, rows = read(f"{HEAD}\n{ROW}\n\n{ROW}\n")
    assert [number for number, _cells in rows] == [2, 4]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_accents_are_read_in_both_encodings(read, encoding):
    _columns, ((_number, cells),) = read(f"{HEAD}\n1,Nurhayatí,2\n".encode(encoding))
    assert cells[1] == "Nurhayatí"


def test_a_cell_may_have_several_lines(read):
    _columns, rows = read(f'{HEAD},place\n{ROW},"Jl. 1\nBandung, ""Jawa"""\n{ROW},x\n')
    assert [cells[-1] for _number, cells in rows] == ['Jl. 1\nBandung, "Jawa"', "x"]


@pytest.mark.parametrize(("lines", "whole"), [(LINES_PER_ROW_MAX, 1), (LINES_PER_ROW_MAX + 1, 0)])
def test_a_cell_has_a_bound_of_lines(read, lines, whole):
    cell = "x\n" * lines
    _columns, rows = read(f'{HEAD}\n{ROW},"{cell}"\n{ROW}\n')
    assert rows[-1][1] == ROW.split(",")
    assert (len(rows) == 2) == bool(whole)


def test_a_quotation_mark_never_closed_spoils_one_row(read):
    _columns, rows = read(f'{HEAD}\n1,"Siti,2\n' + f"{ROW}\n" * 50)
    assert [cells for _number, cells in rows[1:]] == [ROW.split(",")] * 50


def test_a_line_without_end_is_cut(read):
    _columns, rows = read(f"{HEAD}\n{'9' * (2 * LINE_CHARACTERS_MAX)}\n{ROW}\n")
    assert max(len(cell) for _number, cells in rows for cell in cells) <= LINE_CHARACTERS_MAX
    assert rows[-1][1] == ROW.split(",")


def test_numbers_in_a_workbook_have_all_their_digits(read_book):
    head = ("nik", "full_name", "phone", "more")
    columns, rows = read_book(head, (3204115706960001, "Siti", 8.12111e9, None), (), (1.5, "a", 2))
    assert columns["more"] == 3
    assert rows[0] == (2, ["3204115706960001", "Siti", "8121110000"])
    assert rows[-1][1][:3] == ["1.5", "a", "2"]


@pytest.mark.parametrize("name", ["roster.csv", "roster.xlsx"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0\0",
        b"PK\x03\x04 and no more",
        bytes(random.Random(1).randrange(256) for _ in range(5_000)),
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf\xff",
        b"nik\x81,full_name\n",
    ],
)
def test_what_is_no_table_is_refused_or_has_no_columns(read, name, content):
    columns = {}
    with suppress(UnreadableError):
        columns, _rows = read(content, name)
    assert "nik" not in columns


def test_a_workbook_cut_in_the_middle_is_refused(tmp_path):
    book = openpyxl.Workbook()
    for n in range(5_000):
        book.active.append((n, f"name {n}"))
    path = tmp_path / "roster.xlsx"
    book.save(path)
    whole = path.read_bytes()
    for share in (0.2, 0.6, 0.95):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(UnreadableError), open_sheet(path) as sheet:
            list(sheet.rows)


@pytest.mark.parametrize("name", ["nothing.csv", "nothing.xlsx", ".", "folder.xlsx"])
def test_a_file_that_is_not_there_is_told(tmp_path, name):
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(UnreadableError, match="cannot be read"), open_sheet(tmp_path / name):
        pass


def test_the_header_is_found_below_titles(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(f"DAFTAR\n\nKab. Bandung, 2021\n{HEAD}\n{ROW}\n")
    find = {HEAD: {"nik": 0}}
    with open_sheet(path, lambda cells: find.get(",".join(cells))) as sheet:
        assert sheet.columns == {"nik": 0, "full_name": 1, "phone": 2}
        assert list(sheet.rows) == [(5, ROW.split(","))]


def test_the_delimiter_is_that_which_most_lines_agree_on(read):
    title = "Kepada Yth. Kepala Dinas, Jl. Raya 1, Bandung"
    head, row = HEAD.replace(",", ";"), "3204115706960001;Siti, S.Kep., Ns;0812"
    columns, rows = read(f"{title}\n{head}\n{row}\n{row}\n")
    assert list(columns) == [title.lower().replace(" ", "_")]
    assert rows[-1] == (4, row.split(";"))


def test_rows_have_a_bound(read, monkeypatch):
    monkeypatch.setattr(sheets, "ROWS_MAX", 3)
    assert len(read(f"{HEAD}\n{ROW}\n{ROW}\n")[1]) == 2
    with pytest.raises(UnreadableError, match="more than 3 rows"):
        read(f"{HEAD}\n{ROW}\n{ROW}\n{ROW}\n")


def test_how_far_we_are_goes_up_to_the_size(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text(f"{HEAD}\n" + f"{ROW}\n" * 10_000)
    with open_sheet(path) as sheet:
        assert isinstance(sheet, Sheet)
        seen = [sheet.position(number) for number, _cells in sheet.rows]
    assert seen == sorted(seen)
    assert seen[-1] == sheet.size
