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


def write(lines, beside, page=PAGE):
    """Put the lines between the marks of the page, and what is said beside them."""
    head, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    day = datetime.now(UTC).date()
    played = f"Played on {day}, {os.cpu_count()} cores. {beside}".strip()
    body = "\n".join((BEGIN, "", played, "", *lines, "", END))
    page.write_text(f"{head}{body}{tail}", "utf-8")
