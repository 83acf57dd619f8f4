"""The reports of an import: a CSV file of faulty rows, and lines of counts."""

import csv
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.fields.cell import Fault
from gateway.imports.sheets import UnreadableError


class Report:
    """The report file, made with its first line.

    `column` names the column that identifies a row beside its number, without a personal datum.
    """

    def __init__(self, path: Path, column: str) -> None:
        self._path, self._column = path, column
        self._file: Any = None

    def add(self, number: int, name: str, fault: Fault) -> None:
        """Add a line; raise `UnreadableError` if the file cannot be written."""
        try:
            if self._file is None:
                self._open()
            self._lines.writerow((number, fault.column, fault.problem, name))
        except OSError as error:
            raise UnreadableError(f"the report {self._path}: {error.strerror}") from None

    def _open(self) -> None:
        self._file = self._path.open("w", encoding="utf-8", newline="")
        self._path.chmod(0o600)
        self._lines = csv.writer(self._file)
        self._lines.writerow(("row", "column", "problem", self._column))

    def close(self) -> None:
        """Close it; without a line, delete the file of an earlier import."""
        with suppress(OSError):
            if self._file is None:
                self._path.unlink(missing_ok=True)
            else:
                self._file.close()


def lines(counts: Iterable[tuple[int, str]]) -> list[str]:
    """Return a line for each pair of count and label, the counts right-aligned."""
    return [f"{count:>12,}  {what}" for count, what in counts]
