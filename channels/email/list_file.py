"""The answer to a list of staff as a file: a row for each person, in the order of the list."""

import csv
from collections.abc import Callable
from io import StringIO
from typing import Final

from channels.email.parts import Attachment
from core.fields.cell import safe_cell
from core.messages import Prompt, Reply

NAME: Final = "hasil.csv"
HEAD: Final = "list_file_head"  # the headings, between bars
ROWS: Final = frozenset({"list_row", "list_row_wrong"})


def list_file(reply: Reply, words: Callable[[str], str]) -> tuple[Attachment, ...]:
    """Return the file if the reply tells of the rows of a list; `words` words a key."""
    rows = [prompt for prompt in reply.prompts if prompt.key in ROWS]
    if not rows:
        return ()
    text = StringIO()
    text.write("\ufeff")  # or spreadsheets take it for Windows-1252
    table = csv.writer(text, delimiter=";")
    table.writerow(words(HEAD).split("|"))
    table.writerows(_cells(prompt, words) for prompt in sorted(rows, key=_place))
    return (Attachment(NAME, "text/csv; charset=utf-8", text.getvalue().encode()),)


def _place(prompt: Prompt) -> list[int]:
    return [int(number) for number in prompt.args["row"].split("/")]


def _cells(prompt: Prompt, words: Callable[[str], str]) -> list[str]:
    args = prompt.args
    result = args.get("result", "").removeprefix("@")
    cells = (
        args["row"].replace("/", "."),  # or a spreadsheet takes it for a date
        args["full_name"].removeprefix("@text:"),
        args["nik"],
        words(result) if result else "",
        args.get("number", ""),
        ", ".join(map(words, prompt.choices)),
    )
    return [safe_cell(cell) for cell in cells]
