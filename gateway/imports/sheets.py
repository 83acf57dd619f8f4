"""Tables in files, read row by row: CSV as spreadsheets write it, or XLSX."""

import csv
import re
import warnings
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO, TextIOWrapper
from itertools import chain, islice, takewhile
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

ROWS_MAX = 5_000_000  # of one file; more than four times a national roster
LINE_CHARACTERS_MAX = 100_000
LINES_PER_ROW_MAX = 20  # a quoted cell may hold several
CHUNK_BYTES = 1 << 20
HEAD_ROWS_MAX = 30  # that are searched for the header; titles stand above it
SAMPLE_LINES = 20  # by which the delimiter is known
ZIP: Final = b"PK\x03\x04"  # with which a workbook begins
DELIMITERS: Final = "\t;,"  # in this order if lines agree on several: commas are in names, too

_SEP = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # some spreadsheets begin with the separator
_BLANKS = re.compile(r"[\s_-]+")

Cells = Sequence[str]
FindColumns = Callable[[Cells], Mapping[str, int] | None]


class UnreadableError(Exception):
    """The file cannot be read; the message says why, and quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """An open table. `rows` are numbered from 1, as in a spreadsheet; the header has a number too.

    `columns` maps normalised names (`full_name` for `Full Name`) to their index in a row.
    `position` of the current row's number grows up to `size`, for a progress bar.
    """

    columns: Mapping[str, int]
    rows: Iterator[tuple[int, Cells]]
    size: int = 0
    position: Callable[[int], int] = lambda number: number


@contextmanager
def open_sheet(path: Path, columns_of: FindColumns = lambda _: None) -> Iterator[Sheet]:
    """Open a file: `.xlsx` as a workbook, any other suffix as text.

    The header is the first row in which `columns_of` finds columns, or else the first row.
    """
    try:
        opened = _open_workbook if path.suffix.lower() == ".xlsx" else _open_text
        with opened(path, columns_of) as sheet:
            yield sheet
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror or 'is damaged'}") from None


@contextmanager
def open_bytes(data: bytes, columns_of: FindColumns = lambda _: None) -> Iterator[Sheet]:
    """Open a file that is in memory, a workbook by its first bytes; else as `open_sheet`."""
    if data.startswith(ZIP):
        with _open_workbook(BytesIO(data), columns_of) as sheet:
            yield sheet
    else:
        yield _sheet(text_rows(decoded(BytesIO(data))), columns_of)


@contextmanager
def _open_text(path: Path, columns_of: FindColumns) -> Iterator[Sheet]:
    with path.open("rb") as raw:
        size, text = path.stat().st_size, decoded(raw)
        whole = _sheet(text_rows(text), columns_of)
        yield replace(whole, size=size, position=lambda _number: raw.tell())


def decoded(raw: BinaryIO) -> TextIO:
    """Return the file as text, whatever its encoding; raise `UnreadableError` if it is none."""
    encoding = _encoding(raw)
    raw.seek(0)
    return TextIOWrapper(raw, encoding, newline="")


def text_rows(text: TextIO) -> Iterator[Cells]:
    """Yield the cells of every row, blank rows too."""
    return _Lines(text).rows()


def _encoding(raw: Any) -> str:
    """Return an encoding that decodes the whole file."""
    start = raw.read(len(BOM_UTF8))
    marked = start.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    candidates = ["utf-16"] if marked else ["utf-8-sig", "cp1252"][: 2 - (start == BOM_UTF8)]
    for encoding in candidates:
        raw.seek(0)
        if _decodes(raw, encoding):
            return encoding
    raise UnreadableError("is no text: send CSV, or a workbook named .xlsx")


def _decodes(raw: Any, encoding: str) -> bool:
    decoder = getincrementaldecoder(encoding)()
    try:
        for chunk in iter(partial(raw.read, CHUNK_BYTES), b""):
            if "\0" in decoder.decode(chunk):
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


class _Lines:
    """Cuts text into rows. A quotation mark that is never closed spoils one row, not the rest."""

    def __init__(self, text: TextIO) -> None:
        self._read = partial(text.readline, LINE_CHARACTERS_MAX)
        self._ahead: deque[str] = deque()
        self._delimiter = ""

    def rows(self) -> Iterator[Cells]:
        """Yield the cells of every row, blank rows too."""
        first = self._next()
        if given := _SEP.fullmatch(first):
            self._delimiter = given[1]
        else:
            self._ahead.append(first)
        if not self._delimiter:
            self._ahead.extend(takewhile(bool, (self._read() for _ in range(SAMPLE_LINES))))
            self._delimiter = _delimiter(self._ahead)
        while line := self._next():
            yield self._cells(line)

    def _next(self) -> str:
        return self._ahead.popleft() if self._ahead else self._read()

    def _cells(self, line: str) -> Cells:
        if '"' not in line:
            return line.rstrip("\r\n").split(self._delimiter)
        whole = self._whole(line) if line.count('"') % 2 else line
        try:
            return next(csv.reader([whole], delimiter=self._delimiter), [])
        except csv.Error:
            return [whole]  # as a single cell, which the caller finds faulty

    def _whole(self, line: str) -> str:
        """Return the line and those up to the closing quotation mark, or only the line."""
        taken: list[str] = []
        while len(taken) < LINES_PER_ROW_MAX and (more := self._next()):
            taken.append(more)
            if more.count('"') % 2:
                return line + "".join(taken)
        self._ahead.extendleft(reversed(taken))
        return line


def _delimiter(lines: Iterable[str]) -> str:
    """Return the delimiter that most lines hold equally often: titles above a table hold none."""

    def agreeing(delimiter: str) -> tuple[int, int]:
        counts = Counter(line.count(delimiter) for line in lines)
        del counts[0]
        return max(((many, each) for each, many in counts.items()), default=(0, 0))

    return max(DELIMITERS, key=agreeing)


@contextmanager
def _open_workbook(path: Path | BytesIO, columns_of: FindColumns) -> Iterator[Sheet]:
    from openpyxl import load_workbook  # noqa: PLC0415 most files are text

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of missing styles and the like
        try:
            book = load_workbook(path, read_only=True, data_only=True)
            page = book.worksheets[0]
        except OSError:
            raise
        except Exception:  # noqa: BLE001 openpyxl raises anything
            raise UnreadableError("is no workbook") from None
        try:
            size = page.max_row or 0
            page.reset_dimensions()  # the size in the file may be wrong
            yield replace(_sheet(_values(page), columns_of), size=size)
        finally:
            book.close()


def _values(page: Any) -> Iterator[Cells]:
    try:
        for cells in page.iter_rows(values_only=True):
            yield [_text(cell) for cell in cells]
    except Exception:  # noqa: BLE001 openpyxl raises anything
        raise UnreadableError("is a damaged workbook") from None


def _text(cell: object) -> str:
    """Return the cell as a person sees it; a whole number with all its digits."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _sheet(rows: Iterator[Cells], columns_of: FindColumns) -> Sheet:
    filled = _filled(enumerate(rows, 1))
    ahead = list(islice(filled, HEAD_ROWS_MAX))
    found = [columns_of(cells) for _number, cells in ahead]
    place = next((place for place, columns in enumerate(found) if columns), 0)
    named = _named(ahead[place][1] if ahead else ())
    columns = {**named, **((found[place] if found else None) or {})}
    return Sheet(columns, chain(ahead[place + 1 :], filled))


def _named(names: Cells) -> Mapping[str, int]:
    columns: dict[str, int] = {}
    for place, name in enumerate(names):
        columns.setdefault(_BLANKS.sub("_", name.strip().lower()), place)
    return columns


def _filled(numbered: Iterator[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    for number, cells in numbered:
        if number > ROWS_MAX:
            raise UnreadableError(f"has more than {ROWS_MAX:,} rows")
        if any(cells):
            yield number, cells


def picker(
    sheet: Sheet, columns: Sequence[str], needed: Sequence[str]
) -> Callable[[Cells], Cells]:
    """Return a function from a row to its cells of `columns`, "" for each that is missing.

    Raises `UnreadableError` if the sheet lacks a column of `needed`.
    """
    if missing := [name for name in needed if name not in sheet.columns]:
        raise UnreadableError(f"has no column {' and no column '.join(missing)} in its first row")
    places = [sheet.columns.get(name, -1) for name in columns]
    last = max(places)
    whole = all(place >= 0 for place in places)

    def pick(cells: Cells) -> Cells:
        if whole and len(cells) > last:
            return [cells[place] for place in places]
        return [cells[place] if 0 <= place < len(cells) else "" for place in places]

    return pick
