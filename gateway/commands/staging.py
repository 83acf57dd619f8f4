"""Where an import keeps what it has read: rows sorted on disk."""

import sqlite3
from collections.abc import Iterator
from typing import Final

from core.roster.row import Entry

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


class StagedRows:
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
