"""Where an import keeps what it has read: rows sorted on disk, and a report of what is wrong."""

import csv
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from core.fields.nik import DIGITS, mask
from core.roster.row import Entry, Fault
from gateway.commands.sheets import UnreadableError

STAGE_ROWS = 5_000  # kept in memory before they are staged
STAGE_KIB = 16_384  # of memory that staged rows and their sorting may use

_CREATE: Final = "CREATE TABLE staged (nik, full_name, profession, facility, phone, number)"
_ADD: Final = "INSERT INTO staged VALUES (?, ?, ?, ?, ?, ?)"
_SORTED: Final = "SELECT * FROM staged ORDER BY nik, number"
_SETTINGS: Final = {
    "journal_mode": "OFF",
    "synchronous": "OFF",
    "temp_store": "FILE",
    "cache_size": f"-{STAGE_KIB}",
}


class Stage:
    """Entries in a database of their own, which is gone when it is closed, or we are killed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for name, value in _SETTINGS.items():
            self._database.execute(f"PRAGMA {name}={value}")
        self._database.execute(_CREATE)
        self._database.execute("BEGIN")
        self._rows: list[tuple[str | int | None, ...]] = []

    def add(self, number: int, entry: Entry) -> None:
        """Keep an entry and the number of its row."""
        self._rows.append((*entry, number))
        if len(self._rows) >= STAGE_ROWS:
            self.finish()

    def finish(self) -> None:
        """Keep what is still in memory."""
        self._database.executemany(_ADD, self._rows)
        self._rows.clear()

    def rows(self) -> Iterator[tuple[int, Entry]]:
        """Yield what was kept, by NIK; those with the same one as they came."""
        for *entry, number in self._database.execute(_SORTED):
            yield number, Entry(*entry)

    def close(self) -> None:
        """Forget everything."""
        self._database.close()


class Report:
    """The report file, made when there is something to tell."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: Any = None

    def tell(self, number: int, nik: str, fault: Fault) -> None:
        """Add a line; the NIK is masked."""
        shown = mask(nik) if len(nik) == DIGITS else ""
        try:
            if self._file is None:
                self._open()
            self._lines.writerow((number, fault.column, fault.problem, shown))
        except OSError as error:
            raise UnreadableError(f"the report {self._path}: {error.strerror}") from None

    def _open(self) -> None:
        self._file = self._path.open("w", encoding="utf-8", newline="")
        self._path.chmod(0o600)
        self._lines = csv.writer(self._file)
        self._lines.writerow(("row", "column", "problem", "nik"))

    def close(self) -> None:
        """Close it; one of an earlier import goes where this one has nothing to tell."""
        with suppress(OSError):
            if self._file is None:
                self._path.unlink(missing_ok=True)
            else:
                self._file.close()
