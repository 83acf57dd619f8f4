"""Convert a mail's HTML to the lines that its reader sees.

One regular expression, one pass: the standard library's parser takes quadratic time on unclosed
tags.
"""

import re
from html import unescape
from typing import Final

ROWS_MAX: Final = 20  # nested; mailers' layouts have some five
SPAN_MIN: Final = len("<td rowspan=")  # of the tag of a cell that spans rows or columns
COLUMNS_MAX: Final = 30  # of cells that reach over several rows or columns
SPANNING_CHARACTERS_MAX: Final = 200  # of a cell that is read again in the next rows

_HIDDEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLOCKS = frozenset(
    (
        *("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "table", "tbody", "thead", "hr", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article", "header", "footer"),
        *("center", "address", "fieldset", "body", "html", "blockquote"),
    )
)
_CELLS = frozenset({"td", "th"})
# A tag ends at the next bracket, and quantifiers are possessive: the scan never backtracks.
_TAG = re.compile(r"<(/?)(?:([a-zA-Z][a-zA-Z0-9]*+)|[!?])[^<>]*+>")
_SPACE = re.compile(r"[\s\xa0\u200b\ufeff]+")
_BREAK = "\x0b"  # a line break; within a table cell it becomes a blank
_CELL = "\x1d"  # between the cells of a row that is read, which may stand within a cell
_AGAIN = "\x1c"  # at the begin of a cell, with the number of rows that it reaches over
_ROWS = re.compile(_AGAIN + "([0-9]{2})")
_SPAN = re.compile(r"\b(col|row)span\s{0,9}=\s{0,9}[\"']?\s{0,9}([0-9]{1,2})", re.IGNORECASE)
_BLANK = f" \n{_BREAK}{_CELL}"
_SEEN = str.maketrans({_BREAK: "\n", _CELL: "\t"})
_ONE_LINE = str.maketrans({_BREAK: " ", _CELL: " "})
_HUGE_REFERENCE = re.compile(r"&#[0-9]{8,}+")  # beyond Unicode; `int` refuses the longest


def read_html(markup: str) -> str:
    """Return the visible text, line by line; lines of a `blockquote` begin with `> `.

    `markup` must be bounded and free of comments.
    """
    builder, at = _TextBuilder(), 0
    markup = _HUGE_REFERENCE.sub("\ufffd", markup)
    for tag in _TAG.finditer(markup):
        builder.data(unescape(markup[at : tag.start()]))
        at = tag.end()
        name = (tag[2] or "").lower()
        if tag[1]:
            builder.close(name)
        else:
            builder.open(name, tag[0] if name in _CELLS and len(tag[0]) > SPAN_MIN else "")
    builder.data(unescape(markup[at:]))
    return builder.text()


def without_comments(markup: str) -> str:
    """Return the markup without comments; an unclosed one is left in, and hides nothing."""
    visible, at = [], 0
    while (start := markup.find("<!--", at)) >= 0:
        end = markup.find("-->", start)
        if end < 0:
            break
        visible.append(markup[at:start])
        at = end + 3
    return "".join([*visible, markup[at:]])


class _TextBuilder:
    """Collects the visible text; `_row_starts` are the indexes in it where open rows began.

    `_reaching`: by column, the rows that a cell of a row above still reaches over, and its text.
    """

    def __init__(self) -> None:
        self._output: list[str] = []
        self._row_starts: list[int] = []
        self._hidden_tag = ""
        self._quotes = self._columns_more = 0
        self._reaching: dict[int, tuple[int, str]] = {}

    def open(self, tag: str, cell: str) -> None:
        """Handle an opening tag; `cell` is the whole tag of a table cell."""
        if self._hidden_tag:
            return
        if tag in _HIDDEN:
            self._hidden_tag = tag
        elif cell:
            spans = {kind.lower(): int(count) for kind, count in _SPAN.findall(cell)}
            self._columns_more = max(1, min(spans.get("col", 1), COLUMNS_MAX)) - 1
            if "row" in spans:
                self._output.append(f"{_AGAIN}{spans['row']:02}")
        elif tag == "tr":
            self._break()
            if len(self._row_starts) < ROWS_MAX:
                self._row_starts.append(len(self._output))
        elif tag == "br" or tag in _BLOCKS:
            self._quotes += tag == "blockquote"
            self._reaching = {} if tag == "table" else self._reaching
            self._break()

    def close(self, tag: str) -> None:
        """Handle a closing tag."""
        if self._hidden_tag:
            if tag in {self._hidden_tag, "body"}:
                self._hidden_tag = ""
        elif tag in _CELLS:
            self._output.append("\t" * (1 + self._columns_more))
            self._columns_more = 0
        elif tag == "tr":
            self._end_row()
        elif tag in _BLOCKS:
            self._quotes -= tag == "blockquote" and self._quotes > 0
            self._break()

    def data(self, data: str) -> None:
        """Handle the text between two tags."""
        if not self._hidden_tag and data:
            self._output.append(_SPACE.sub(" ", data))

    def text(self) -> str:
        """Return the visible text."""
        lines = _ROWS.sub("", "".join(self._output)).translate(_SEEN).split("\n")
        return "\n".join(line.strip(" ") for line in lines)

    def _break(self) -> None:
        self._output.append(_BREAK + "> " * min(self._quotes, 1))

    def _end_row(self) -> None:
        """Join a row of several filled cells to one line; a row of one cell is layout."""
        if not self._row_starts:
            return
        start = self._row_starts.pop()
        row = "".join(self._output[start:]).removesuffix("\t")
        seen = _ROWS.sub("", row) if _AGAIN in row else row
        filled = [cell for cell in seen.split("\t") if cell.strip(_BLANK)]
        if not self._quotes and (len(filled) > 1 or self._reaching):
            filled = self._columns(row.split("\t"))
        self._output[start:] = [_CELL.join(filled)]
        self._break()

    def _columns(self, cells: list[str]) -> list[str]:
        """Return a row with its empty cells, and those of rows above that reach down into it."""
        if not self._reaching and not any(_AGAIN in cell for cell in cells):
            return [" ".join(cell.translate(_ONE_LINE).split()) for cell in cells]
        columns: list[str] = []
        reaching: dict[int, tuple[int, str]] = {}
        rest = iter(cells)
        while True:
            column = len(columns)
            if column in self._reaching:
                rows, text = self._reaching[column]
                rows -= 1
            elif (cell := next(rest, None)) is not None:
                spanned = _ROWS.search(cell)
                rows = int(spanned[1]) - 1 if spanned else 0
                text = " ".join(_ROWS.sub("", cell).translate(_ONE_LINE).split())
            else:
                break
            columns.append(text)
            if rows > 0 and column < COLUMNS_MAX:
                reaching[column] = rows, text[:SPANNING_CHARACTERS_MAX]
        self._reaching = reaching
        return columns
