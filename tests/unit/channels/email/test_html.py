"""The cells of HTML tables keep their columns."""

import pytest

from channels.email.html import COLUMNS_MAX, SPANNING_CHARACTERS_MAX, read_html


def lines(markup):
    return [line for line in read_html(markup).split("\n") if line.strip()]


def table(*rows):
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        (["<td>A</td><td></td><td>C</td>"], ["A\t\tC"]),
        (["<td></td><td>B</td><td>C</td>"], ["\tB\tC"]),
        (["<td>A</td><td>B</td><td>&nbsp;</td>"], ["A\tB\t"]),
        (["<td colspan=2>A</td><td>C</td>"], ["A\t\tC"]),
        (["<th rowspan='2'>A</th><td>B</td>", "<td>C</td>", "<td>D</td><td>E</td>"],
         ["A\tB", "A\tC", "D\tE"]),
        (["<td>A</td><td rowspan=3>B</td><td>C</td>", "<td>D</td><td>E</td>",
          "<td>F</td><td>G</td>"], ["A\tB\tC", "D\tB\tE", "F\tB\tG"]),
        (["<td><p>A</p><p>B</p></td><td>C<br>D</td>"], ["A B\tC D"]),
        (["<td></td><td>alone</td>"], ["alone"]),
    ],
)  # fmt: skip
def test_a_cell_stays_in_its_column(rows, read):
    assert lines(table(*rows)) == read


def test_a_table_within_the_cell_of_a_layout_keeps_its_rows():
    inner = table("<td>A</td><td>B</td>", "<td>C</td><td>D</td>")
    assert lines(table(f"<td>{inner}</td>")) == ["A\tB", "C\tD"]


def test_what_reaches_over_rows_is_bounded():
    cells = "<td rowspan=3>x</td>" * (COLUMNS_MAX + 1)
    assert lines(table(cells, "<td>y</td>"))[1].count("x") == COLUMNS_MAX
    long = f"<td rowspan=2>{'x' * (SPANNING_CHARACTERS_MAX + 1)}</td><td>a</td>"
    assert lines(table(long, "<td>b</td>"))[1].count("x") == SPANNING_CHARACTERS_MAX
    assert lines(table("<td colspan=99>x</td><td>y</td>"))[0].count("\t") == COLUMNS_MAX


def test_what_reaches_over_rows_ends_with_its_table():
    assert lines(table("<td rowspan=9>A</td><td>B</td>") + table("<td>C</td><td>D</td>"))[1:] == [
        "C\tD"
    ]
