"""`satupintu facilities import` and `slots open`: what they keep, and what they say."""

import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import Workbook

from gateway.commands import cli
from gateway.commands.facilities import TIMES_MAX
from gateway.settings.settings import given_names

HEADER = "code,name,regency_code,address,latitude,longitude"
ROWS = (
    "SOREANG,Puskesmas Soreang,3204,Jl. Raya Soreang 1,-7.0331,107.5183",
    "KOTARAJA,Puskesmas Kotaraja,9171,Jl. Raya Abepura 12,-2.6020,140.6720",
    "SUMBA,RS Sumba,5311,,,",
)
OPEN = ("slots", "open", "--date", "2021-01-22", "--capacity", "5", "--times")


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    for name in given_names():
        monkeypatch.delenv(name)
    shutil.copy(Path(__file__).parents[2] / "campaign.toml", tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*words):
        monkeypatch.setattr(sys, "argv", ["satupintu", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return ended.value.code, capsys.readouterr()

    return call


def write(tmp_path, *rows, header=HEADER):
    file = tmp_path / "facilities.csv"
    file.write_text("\n".join((header, *rows, "")))
    return file


def ask(sql):
    [file] = [each for each in Path("var").iterdir() if each.suffix in {".db", ".sqlite"}]
    with closing(sqlite3.connect(file)) as connection, connection:
        return connection.execute(sql).fetchall()


@pytest.fixture
def imported(run, tmp_path):
    status, _ = run("facilities", "import", write(tmp_path, *ROWS))
    assert status == 0


def test_facilities_are_imported_into_an_empty_data_dir(run, imported):
    assert Path("var").stat().st_mode & 0o777 == 0o700
    found = ask("SELECT code, regency_code, latitude, demo FROM facilities ORDER BY code")
    assert found == [
        ("KOTARAJA", "9171", -2.602, 0),
        ("SOREANG", "3204", -7.0331, 0),
        ("SUMBA", "5311", None, 0),
    ]


def test_an_import_again_changes_what_differs(run, imported, tmp_path):
    status, told = run("facilities", "import", write(tmp_path, *ROWS))
    assert status == 0
    for line in ("0  added", "0  changed", "3  the same as before"):
        assert line in told.out
    moved = ROWS[0].replace("Jl. Raya Soreang 1", "Jl. Baru 2")
    status, told = run("facilities", "import", write(tmp_path, moved, "NEW,Klinik,3204,,,"))
    assert "1  added" in told.out
    assert "1  changed" in told.out
    assert ask("SELECT address FROM facilities WHERE code = 'SOREANG'") == [("Jl. Baru 2",)]
    assert ask("SELECT count(*) FROM facilities") == [(4,)]


def test_bad_rows_are_told_and_the_others_kept(run, tmp_path):
    bad = ("NOWHERE,Klinik,1,Jl.,,", "SWAPPED,Klinik,3204,Jl.,107.5,-7.0")
    file = write(tmp_path, ROWS[0], *bad)
    status, told = run("facilities", "import", file)
    report = tmp_path / "facilities.csv.errors.csv"

    assert status == 0
    assert "1  bad, left out" in told.out
    assert str(report) in told.out
    assert [line.split(",")[:2] for line in report.read_text().splitlines()[1:]] == [
        ["3", "regency_code"],
        ["4", "latitude"],
    ]
    assert ask("SELECT count(*) FROM facilities") == [(2,)]
    run("facilities", "import", write(tmp_path, *ROWS))
    assert not report.exists()


def test_a_workbook_is_read_too(run, tmp_path):
    book = Workbook()
    book.active.append(["Code", "Name", "Regency Code", "Address", "Latitude", "Longitude"])
    book.active.append(["A", "Klinik", 3204, "Jl.", -7.5, 107])
    book.save(tmp_path / "facilities.xlsx")
    assert run("facilities", "import", tmp_path / "facilities.xlsx")[0] == 0
    kept = ask("SELECT regency_code, latitude, longitude FROM facilities")
    assert kept == [("3204", -7.5, 107.0)]


def test_headings_may_be_indonesian_and_stand_below_a_title(run, tmp_path):
    file = tmp_path / "faskes.csv"
    rows = (
        "DAFTAR FASKES PELAKSANA VAKSINASI;;;;;;",
        "Kabupaten Bandung, Januari 2021;;;;;;",
        "No;Kode Faskes;Nama Faskes;Kode Kab/Kota;Alamat Lengkap;Lintang;Bujur",
        '1;="0321";Puskesmas Soreang;32.04;Jl. Raya Soreang 1;-7,0331;107,5183',
        "2;'0322;RS Cicendo;'3273;Jl. Cicendo 4;;",
    )
    file.write_text("\n".join((*rows, "")))
    status, told = run("facilities", "import", file)
    assert (status, told.err) == (0, "")
    assert ask("SELECT code, name, regency_code, address, latitude FROM facilities") == [
        ("0321", "Puskesmas Soreang", "3204", "Jl. Raya Soreang 1", -7.0331),
        ("0322", "RS Cicendo", "3273", "Jl. Cicendo 4", None),
    ]


@pytest.mark.parametrize("header", ["code,name", "nik,full_name"])
def test_a_file_without_its_columns_is_refused(run, tmp_path, header):
    status, told = run("facilities", "import", write(tmp_path, ROWS[0], header=header))
    assert status == 1
    assert "has no column" in told.err


def test_a_file_that_is_not_there_is_told(run, tmp_path):
    status, told = run("facilities", "import", tmp_path / "none.csv")
    assert status == 1
    assert "none.csv: cannot be read" in told.err


def starts():
    return ask("SELECT facility_code, start, dose, capacity, booked FROM slots ORDER BY start")


def test_slots_are_opened_by_the_clocks_of_the_place(run, imported):
    assert run(*OPEN, "08:00, 10:30", "--facility", "KOTARAJA", "--days", 2)[0] == 0
    assert [start for _, start, *_ in starts()] == [
        "2021-01-21T23:00:00.000000+00:00",
        "2021-01-22T01:30:00.000000+00:00",
        "2021-01-22T23:00:00.000000+00:00",
        "2021-01-23T01:30:00.000000+00:00",
    ]
    assert {tuple(row[2:]) for row in starts()} == {(1, 5, 0)}


def test_opening_again_sets_the_seats_but_never_under_what_is_booked(run, imported):
    run(*OPEN, "08:00,10:00", "--facility", "SOREANG")
    ask("UPDATE slots SET booked = 4 WHERE start LIKE '%T01:00%'")
    status, told = run(*OPEN, "08:00,10:00,12:00", "--facility", "SOREANG", "--capacity", 2)

    assert status == 0
    assert "1  slots opened" in told.out
    assert "2  were open" in told.out
    assert "1  of these keep more" in told.out
    assert [capacity for *_, capacity, _ in starts()] == [4, 2, 2]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("08:00", "--facility", "NOWHERE"), "no facility NOWHERE"),
        (("25:00", "--facility", "SOREANG"), "--times"),
        (("08.00", "--facility", "SOREANG"), "--times"),
        (("", "--facility", "SOREANG"), "--times"),
        (("08:00", "--facility", "SOREANG", "--date", "2021-02-30"), "--date"),
        (("08:00", "--facility", "SOREANG", "--date", "22-01-2021"), "--date"),
        (("08:00", "--facility", "SOREANG", "--date", "9999-12-31", "--days", 2), "--date"),
        (("08:00", "--facility", "SOREANG", "--capacity", -1), "capacity"),
        (("08:00", "--facility", "SOREANG", "--days", 0), "days"),
        (("08:00", "--facility", "SOREANG", "--days", 367), "days"),
        (("08:00", "--facility", "SOREANG", "--dose", 9), "dose"),
    ],
)
def test_what_cannot_be_opened_is_told_and_nothing_kept(run, imported, words, why):
    status, told = run(*OPEN, *words)
    assert status == 2
    assert why in told.err
    assert starts() == []


def test_a_day_has_at_most_so_many_times(run, imported):
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(TIMES_MAX + 1)]
    most = ",".join(times[:-1])
    assert run(*OPEN, most, "--facility", "SOREANG")[0] == 0
    assert run(*OPEN, ",".join(times), "--facility", "SOREANG")[0] == 2
    assert len(starts()) == TIMES_MAX
