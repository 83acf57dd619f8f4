"""What a command says of the rows of a file: how many, and what is wrong with which."""

import csv
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.fields.cell import Fault
from gateway.commands.sheets import UnreadableError


class Report:
    """The report file, made when there is something to tell.

    `column` is what names a row beside its number; no datum of a person.
    """

    def __init__(self, path: Path, column: str) -> None:
        self._path, self._column = path, column
        self._file: Any = None

    def tell(self, number: int, name: str, fault: Fault) -> None:
        """Add a line."""
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
        """Close it; one of an earlier import goes where this one has nothing to tell."""
        with suppress(OSError):
            if self._file is None:
                self._path.unlink(missing_ok=True)
            else:
                self._file.close()


def lines(counts: Iterable[tuple[int, str]]) -> list[str]:
    """Return a line for each count, the numbers below each other."""
    return [f"{count:>12,}  {what}" for count, what in counts]
