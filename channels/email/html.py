"""Turn a mail's HTML into the lines that its reader sees."""

import re
from html import unescape
from typing import Final

ROWS_MAX: Final = 20  # tables within tables; mailers lay out with some five

_UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript"})
_BLOCKS = frozenset(
    (
        *("p", "div", "li", "ul", "ol", "dl", "dt", "dd", "table", "tbody", "thead", "hr", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article", "header", "footer"),
        *("center", "address", "fieldset", "body", "html", "blockquote"),
    )
)
_CELLS = frozenset({"td", "th"})
# Up to the next bracket and no further, and nothing is tried again, so that no page takes more
# than one pass: the standard library's parser takes quadratic time on tags that do not end.
_TAG = re.compile(r"<(/?)(?:([a-zA-Z][a-zA-Z0-9]*+)|[!?])[^<>]*+>")
_SPACE = re.compile(r"[\s\xa0\u200b\ufeff]+")
_BREAK = "\x0b"  # a break of lines that may yet turn out to be within a cell of a table


_VAST = re.compile(r"&#[0-9]{8,}+")  # no letter, and more than Python takes for a number


def read_html(markup: str) -> str:
    """Return the text, a line for each line that is seen. Quoted lines begin with `> `.

    The markup must be bounded, and without comments.
    """
    reader, at = _Reader(), 0
    markup = _VAST.sub("\ufffd", markup)
    for tag in _TAG.finditer(markup):
        reader.data(unescape(markup[at : tag.start()]))
        at = tag.end()
        name = (tag[2] or "").lower()
        if tag[1]:
            reader.close(name)
        else:
            reader.open(name)
    reader.data(unescape(markup[at:]))
    return reader.text()


def without_comments(markup: str) -> str:
    """Leave comments out; one that never ends hides nothing, as in a browser's worst moods."""
    kept, at = [], 0
    while (began := markup.find("<!--", at)) >= 0:
        ended = markup.find("-->", began)
        if ended < 0:
            break
        kept.append(markup[at:began])
        at = ended + 3
    return "".join([*kept, markup[at:]])


class _Reader:
    """Collects what is seen. `rows` are where the open rows of tables began."""

    def __init__(self) -> None:
        self._seen: list[str] = []
        self._rows: list[int] = []
        self._unseen = ""
        self._quotes = 0

    def open(self, tag: str) -> None:
        """Take an opening tag."""
        if self._unseen:
            return
        if tag in _UNSEEN:
            self._unseen = tag
        elif tag == "tr":
            self._break()
            if len(self._rows) < ROWS_MAX:
                self._rows.append(len(self._seen))
        elif tag == "br" or tag in _BLOCKS:
            self._quotes += tag == "blockquote"
            self._break()

    def close(self, tag: str) -> None:
        """Take a closing tag."""
        if self._unseen:
            if tag in {self._unseen, "body"}:
                self._unseen = ""
        elif tag in _CELLS:
            self._seen.append("\t")
        elif tag == "tr":
            self._end_row()
        elif tag in _BLOCKS:
            self._quotes -= tag == "blockquote" and self._quotes > 0
            self._break()

    def data(self, data: str) -> None:
        """Take what stands between tags."""
        if not self._unseen and data:
            self._seen.append(_SPACE.sub(" ", data))

    def text(self) -> str:
        """Return what was seen."""
        lines = "".join(self._seen).replace(_BREAK, "\n").split("\n")
        return "\n".join(" ".join(line.split(" ")).strip() for line in lines)

    def _break(self) -> None:
        self._seen.append(_BREAK + "> " * min(self._quotes, 1))

    def _end_row(self) -> None:
        """A row of several cells is one line; a row of one is but layout."""
        if not self._rows:
            return
        began = self._rows.pop()
        cells = "".join(self._seen[began:]).split("\t")
        filled = [cell for cell in cells if cell.strip(" \n" + _BREAK)]
        if len(filled) > 1 and not self._quotes:
            filled = [" ".join(cell.replace(_BREAK, " ").split()) for cell in filled]
        self._seen[began:] = ["\t".join(filled)]
        self._break()
