"""The rows of a roster file: which count, and what is wrong with the others.

The whole file is staged in a temporary database, sorted by NIK, before anything is written. So the
last row of each NIK counts, memory does not grow with the file, and the tables are written in the
order of their index.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

from core.fields.cell import Fault
from core.fields.nik import DIGITS, mask
from core.roster.row import COLUMNS, NEEDED, Entry, read_entry
from gateway.imports.sheets import Cells, Sheet, UnreadableError, picker
from gateway.imports.staging import StagedRows

ROUNDED_ROWS_MIN: Final = 50  # NIKs that all end in 0 before a spreadsheet is blamed
PAUSE_SHARE: Final = 0.25  # of a batch's time, as a pause after it for the gateway's own writes


class Faults(Protocol):
    """Takes each fault with the number of its row, and the masked NIK or ""."""

    def add(self, number: int, name: str, fault: Fault) -> None:
        """Add one."""


@dataclass(slots=True)
class FileTally:
    """Counts of the rows of a file, by what became of them."""

    rows: int = 0
    bad: int = 0
    noted: int = 0  # taken, though with a fault
    repeated: int = 0  # a later row has the same NIK
    ending_in: Counter[str] = field(default_factory=Counter[str], repr=False)


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A file that is being read: where its rows, their faults and their counts go."""

    staged: StagedRows
    faults: Faults
    tally: FileTally
    today: date
    country: str

    def stage(self, sheet: Sheet, rows: Iterable[tuple[int, Cells]]) -> None:
        """Stage the rows of the sheet; raise `UnreadableError` if a spreadsheet rounded them."""
        pick, tally = picker(sheet, COLUMNS, NEEDED), self.tally
        for number, cells in rows:
            tally.rows += 1
            picked = pick(cells)
            entry, fault = read_entry(picked, today=self.today, country=self.country)
            if fault is not None:
                self.faults.add(number, _masked(picked[0]), fault)
                tally.noted += entry is not None
            if entry is None:
                tally.bad += 1
            else:
                tally.ending_in[entry.nik[-1]] += 1
                self.staged.add(number, entry)
        self.staged.finish()
        if tally.ending_in.keys() == {"0"} and tally.ending_in["0"] >= ROUNDED_ROWS_MIN:
            raise UnreadableError("every NIK ends in 0: a spreadsheet rounded them; use text")

    def latest(self) -> Iterator[Entry]:
        """Yield the last entry of each NIK, by NIK, and report the earlier ones."""
        before: tuple[int, Entry] | None = None
        for number, entry in self.staged.rows():
            if before is not None:
                if before[1].nik == entry.nik:
                    fault = Fault("nik", f"stands in row {number} too, which counts")
                    self.faults.add(before[0], _masked(entry.nik), fault)
                    self.tally.repeated += 1
                else:
                    yield before[1]
            before = number, entry
        if before is not None:
            yield before[1]


def _masked(nik: str) -> str:
    return mask(nik) if len(nik) == DIGITS else ""
