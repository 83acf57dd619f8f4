"""Cells that go on in the next line: joined where that is certain, else the row is refused."""

import pytest

from core.messages import MISFIT
from tests.unit.channels.email.test_letter import NIK, read_body
from tests.unit.channels.email.test_tables import OTHER_NIK, aligned

NUMBERED = ["No", "Nama", "NIK", "Profesi"]
NAMED = ["Nama", "NIK", "Profesi"]
SITI, BUDI = ["SITI", NIK, "perawat"], ["BUDI", OTHER_NIK, "bidan"]


def rows_of(text):
    return [dict(row.answers) for row in read_body(text).rows]


def names_of(text):
    return [row.get("full_name", MISFIT) for row in rows_of(text)]


def pipes(*rows):
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


@pytest.mark.parametrize("write", [aligned, pipes])
def test_the_rest_of_a_name_is_its_own(write):
    rests = [["", "AMINAH", "", ""], ["", "BINTI HASAN", "", ""]]
    text = write(NUMBERED, ["1", *SITI], *rests, ["2", *BUDI])
    assert names_of(text) == ["SITI AMINAH BINTI HASAN", "BUDI"]


@pytest.mark.parametrize("write", [aligned, pipes])
def test_the_rest_of_a_profession_is_its_own(write):
    text = write(NUMBERED, ["1", *SITI], ["", "", "", "gigi"], ["2", *BUDI])
    assert [row["profession"] for row in rows_of(text)] == ["perawat gigi", "bidan"]


def test_the_rest_of_a_post_is_not_that_of_the_profession():
    head = [*NUMBERED, "Jabatan"]
    rows = [["1", *SITI, "kepala"], ["", "", "", "", "ruangan"], ["2", *BUDI, "staf"]]
    assert [row["profession"] for row in rows_of(aligned(head, *rows))] == ["perawat", "bidan"]


@pytest.mark.parametrize("rest", [["AMINAH"], ["binti Hasan"]])
def test_a_row_is_refused_where_a_name_may_go_on_below(rest):
    text = aligned(NAMED, SITI, rest, BUDI)
    assert names_of(text) == [MISFIT, "BUDI"]


def test_a_name_between_pipes_without_a_number_may_be_a_rest_or_a_person():
    text = pipes(NAMED, SITI, ["AMINAH", "", ""], BUDI)
    assert names_of(text) == [MISFIT, "AMINAH", "BUDI"]


def test_two_cells_may_be_a_rest_or_a_person():
    text = aligned(NUMBERED, ["1", *SITI], ["", "ANI", "", "bidan"], ["2", *BUDI])
    assert names_of(text)[0] == MISFIT


@pytest.mark.parametrize("below", ["Terima kasih", "Hormat kami,", "Demikian data nakes kami"])
def test_what_follows_a_table_is_no_rest(below):
    assert names_of(f"{aligned(NAMED, SITI, BUDI)}\n{below}") == ["SITI", "BUDI"]


def test_below_a_blank_line_nothing_goes_on():
    assert names_of(f"{aligned(NAMED, SITI, BUDI)}\n\nAMINAH") == ["SITI", "BUDI"]
