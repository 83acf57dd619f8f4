"""A process that reads one file of a stranger: bytes on stdin, a `Table` as JSON on stdout.

Whatever the file holds, the process ends: the system bounds its memory, its processor time and
what it may write; the zip directory of a workbook is judged before anything is unpacked.
"""

import resource
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from io import BytesIO
from time import process_time
from typing import Any, Final
from zipfile import BadZipFile, ZipFile

import msgspec

from gateway.imports.sheets import UnreadableError, decoded, text_rows
from gateway.imports.tables import TOO_LARGE, UNREADABLE, Table

MEMORY_BYTES_MAX: Final = 512 * 1024 * 1024  # address space; Python and its libraries take 150 MiB
CPU_SECONDS_MAX: Final = 5  # a workbook of 500 rows takes 0.4
EXPANDED_BYTES_MAX: Final = 50 * 1024 * 1024  # of all members of a workbook
RATIO_MAX: Final = 200  # of a member's size to its packed size; XML packs 10 to 50 times
RATIO_BYTES_MIN: Final = 1024 * 1024  # below it any ratio is harmless
MEMBERS_MAX: Final = 1_000
ROWS_MAX: Final = 5_000  # that are looked at, blank ones too
CELLS_MAX: Final = 60  # of one row; the rest of it is not read
CELL_CHARACTERS_MAX: Final = 200
CHARACTERS_MAX: Final = 500_000  # of the whole table; 500 rows of staff have some 50,000
SHEETS_MAX: Final = 5  # that are read, since the list may stand behind instructions
DIGITS_EXACT: Final = 15  # that spreadsheets keep of a number


def main() -> None:
    """Read stdin, write the table, or the key of what is wrong, to stdout."""
    confine()
    data, is_workbook = sys.stdin.buffer.read(), sys.argv[1:] == ["workbook"]
    sys.stdout.buffer.write(msgspec.json.encode(_read(data, is_workbook=is_workbook)))


def confine(*, cpu_seconds: int = CPU_SECONDS_MAX, file_bytes: int = 0) -> None:
    """Let the system end this process, or refuse it memory, at the bounds."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _read(data: bytes, *, is_workbook: bool) -> Table:
    try:
        return _workbook(data) if is_workbook else _table(text_rows(decoded(BytesIO(data))))
    except MemoryError:
        return Table(fault=TOO_LARGE)
    except UnreadableError as error:
        return Table(fault=str(error) if str(error) == TOO_LARGE else UNREADABLE)
    except Exception:  # noqa: BLE001 openpyxl raises anything
        return Table(fault=UNREADABLE)


def _workbook(data: bytes) -> Table:
    check_members(data)
    from openpyxl import load_workbook  # noqa: PLC0415 only now: it takes memory and time

    warnings.simplefilter("ignore")  # of missing styles and the like
    book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    shown = [page for page in book.worksheets if page.sheet_state == "visible"]
    pages = shown or book.worksheets
    first, *others = read = list(_sheets(pages))
    further = [one for one in others if one.rows or one.cut]
    return msgspec.structs.replace(first, further=further, unread_sheets=len(read) < len(pages))


def _sheets(pages: Sequence[Any]) -> Iterator[Table]:
    """Yield the sheets, within the bounds of one, and until half of the time is used."""
    left = CHARACTERS_MAX
    for place, page in enumerate(pages[:SHEETS_MAX]):
        if place and process_time() > CPU_SECONDS_MAX / 2:
            return
        table = _table(_values(page), left)
        left -= sum(len(cell) for _number, cells in table.rows for cell in cells)
        yield table


def check_members(data: bytes, expanded_max: int = EXPANDED_BYTES_MAX) -> None:
    """Raise `UnreadableError` if the zip would unpack to too much, by its directory.

    A member that is larger than its directory says is cut off there by `zipfile`.
    """
    try:
        with ZipFile(BytesIO(data)) as packed:
            members = packed.infolist()
    except (BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableError(UNREADABLE) from error
    too_many = len(members) > MEMBERS_MAX
    too_large = sum(one.file_size for one in members) > expanded_max
    too_dense = any(
        one.file_size > max(RATIO_BYTES_MIN, RATIO_MAX * one.compress_size) for one in members
    )
    if too_many or too_large or too_dense:
        raise UnreadableError(TOO_LARGE)


def _values(page: Any) -> Iterator[Sequence[str]]:
    page.reset_dimensions()  # the size in the file may be wrong
    for cells in page.iter_rows(values_only=True, max_col=CELLS_MAX):
        yield [cell_text(cell) for cell in cells]


def cell_text(cell: object) -> str:
    """Return the cell as a person sees it, a whole number with all its digits.

    A number that a spreadsheet has rounded stays in its exponential form: its last digits are
    lost. Of a longer number than `DIGITS_EXACT` that is so if it ends in 0.
    """
    match cell:
        case None:
            return ""
        case bool():
            return str(cell)
        case int() | float() if cell == cell and abs(cell) < 10**20:  # noqa: PLR0124 no NaN
            return _number_text(cell)
        case datetime() | date():
            return cell.isoformat()
        case _:
            return str(cell)[:CELL_CHARACTERS_MAX]


def _number_text(number: float) -> str:
    if number != int(number):
        return repr(number)
    digits = str(int(number))
    rounded = len(digits) > DIGITS_EXACT and digits.endswith("0")
    return f"{int(number):.{DIGITS_EXACT - 1}E}" if rounded else digits


def _table(rows: Iterable[Sequence[str]], left: int = CHARACTERS_MAX) -> Table:
    """Return the rows that are not blank, with their numbers, up to the bounds.

    `left` is how many characters of them are kept.
    """
    kept: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(rows, 1):
        if number > ROWS_MAX:
            return Table(kept, cut=True)
        texts = [cell[:CELL_CHARACTERS_MAX].strip() for cell in cells[:CELLS_MAX]]
        while texts and not texts[-1]:
            texts.pop()
        left -= sum(map(len, texts))
        if left < 0:
            return Table(kept, cut=True)
        if texts:
            kept.append((number, texts))
    return Table(kept)


if __name__ == "__main__":
    main()
