"""The answer to a list as a file that a spreadsheet opens, and runs nothing of."""

import csv
import io

import pytest

from channels.email.list_file import list_file
from core.fields.cell import safe_cell
from core.messages import Prompt, Reply


def row(place, name="SITI", **more):
    args = {"row": place, "full_name": f"@text:{name}", "nik": "3204********0001", **more}
    return Prompt("list_row", args)


def table(*prompts):
    [file] = list_file(Reply(prompts, "id"), lambda key: f"[{key}]")
    assert file.data.startswith("\ufeff".encode())
    return list(csv.reader(io.StringIO(file.data.decode("utf-8-sig")), delimiter=";"))


def test_a_reply_without_rows_has_no_file():
    assert list_file(Reply((Prompt("registered"),), "id"), str) == ()


def test_rows_come_in_the_order_of_the_list_with_words():
    wrong = Prompt("list_row_wrong", row("2").args, ("list_fault_nik_length", "list_fault_x"))
    good = row("10", result="@list_result_registered", number="7K3M-9QXC")
    assert table(wrong, good, row("9", number="-"))[1:] == [
        ["2", "SITI", "3204********0001", "", "", "[list_fault_nik_length], [list_fault_x]"],
        ["9", "SITI", "3204********0001", "", "", ""],
        ["10", "SITI", "3204********0001", "[list_result_registered]", "7K3M-9QXC", ""],
    ]


def test_the_row_of_a_file_is_no_date():
    assert table(row("2/10"), row("1/11"))[1:][0][0] == "1.11"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start):
    assert safe_cell(f"{start}1") == f"'{start}1"
    assert table(row("1", f"{start}cmd"))[1][1] == f"'{start}cmd"
