"""The table of a drill, and its place in docs/drill.md."""

import os
from datetime import UTC, datetime

from tests.fixtures.process import ROOT

PAGE = ROOT / "docs" / "drill.md"
BEGIN, END = "<!-- drill: begin -->", "<!-- drill: end -->"
COLUMNS = (
    *("fault", "lasted, s", "people", "told", "lost", "doubled", "failed turns", "bad s"),
    *("p99, s", "ready meanwhile", "verdict"),
)


def line_of(*cells):
    return f"| {' | '.join(map(str, cells))} |"


HEAD = (line_of(*COLUMNS), "|---" * len(COLUMNS) + "|")


def write(lines, names, beside, page=PAGE):
    """Put the lines between the marks of the page, in the order of the scenes' names.

    A scene that was not played now keeps its line. `beside` is said before the table.
    """
    head, _, rest = page.read_text("utf-8").partition(BEGIN)
    before, _, tail = rest.partition(END)
    known = {_name(line): line for line in (*before.splitlines(), *lines)}
    day = datetime.now(UTC).date()
    said = f"Last played on {day}, {os.cpu_count()} cores. {beside}".strip()
    table = [known[name] for name in names if name in known]
    body = "\n".join((BEGIN, "", said, "", *HEAD, *table, "", END))
    page.write_text(f"{head}{body}{tail}", "utf-8")


def _name(line):
    return line.removeprefix("| ").partition(" | ")[0]
