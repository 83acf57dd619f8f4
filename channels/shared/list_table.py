"""The answer to a list of staff as a table: a row for each person, in the order of the list."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Final

from core.fields.cell import safe_cell
from core.messages import Prompt, Reply

NAME: Final = "hasil.csv"
MEDIA_TYPE: Final = "text/csv; charset=utf-8"
HEAD: Final = "list_file_head"  # the headings, between bars
ROWS: Final = frozenset({"list_row", "list_row_wrong"})

Words = Callable[[str], str]  # words a key


def list_headings(words: Words) -> list[str]:
    """Return the headings of the table."""
    return words(HEAD).split("|")


def list_rows(reply: Reply, words: Words) -> list[list[str]]:
    """Return the cells of each row: place, name, masked NIK, result, number, what is wrong."""
    rows = [prompt for prompt in reply.prompts if prompt.key in ROWS]
    return [_cells(prompt, words) for prompt in sorted(rows, key=_place)]


def list_csv(reply: Reply, words: Words) -> bytes:
    """Return the table for a spreadsheet, which takes no cell of it for a formula; b"" of none."""
    rows = list_rows(reply, words)
    if not rows:
        return b""
    text = StringIO()
    text.write("\ufeff")  # or spreadsheets take it for Windows-1252
    table = csv.writer(text, delimiter=";")
    table.writerow(list_headings(words))
    table.writerows([safe_cell(cell) for cell in cells] for cells in rows)
    return text.getvalue().encode()


def _place(prompt: Prompt) -> list[int]:
    return [int(number) for number in prompt.args["row"].split("/")]


def _cells(prompt: Prompt, words: Words) -> list[str]:
    args = prompt.args
    result = args.get("result", "").removeprefix("@")
    return [
        args["row"].replace("/", "."),  # or a spreadsheet takes it for a date
        args["full_name"].removeprefix("@text:"),
        args["nik"],
        words(result) if result else "",
        args.get("number", ""),
        ", ".join(map(words, prompt.choices)),
    ]
