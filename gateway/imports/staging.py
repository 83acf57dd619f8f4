"""Staging of an import: rows in a temporary database, to be sorted on disk."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from core.roster.row import Entry

STAGE_ROWS = 5_000  # kept in memory before they are written
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


class StagedRows:
    """Entries in a temporary database, deleted when it is closed or the process is killed."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for name, value in _SETTINGS.items():
            self._database.execute(f"PRAGMA {name}={value}")
        self._database.execute(_CREATE)
        self._database.execute("BEGIN")
        self._rows: list[tuple[str | int | None, ...]] = []

    def add(self, number: int, entry: Entry) -> None:
        """Stage an entry and the number of its row."""
        self._rows.append((*entry, number))
        if len(self._rows) >= STAGE_ROWS:
            self.finish()

    def finish(self) -> None:
        """Write the rows that are still in memory."""
        self._database.executemany(_ADD, self._rows)
        self._rows.clear()

    def rows(self) -> Iterator[tuple[int, Entry]]:
        """Yield row numbers and entries by NIK; those of one NIK in the order of the file."""
        for *entry, number in self._database.execute(_SORTED):
            yield number, Entry(*entry)

    def close(self) -> None:
        """Delete everything."""
        self._database.close()
