"""A process that reads one roster file: a line of JSON (`Asked`) and the file on stdin.

On stdout come the entries, by NIK, in lines of JSON lists of at most `ROWS_MAX`; the last line is
what was found of the file (`FoundFile`), or the fault for which it cannot be used.
"""

import sys
from collections import Counter
from contextlib import closing
from itertools import islice
from typing import Final

import msgspec

from core.fields.cell import Fault
from core.roster.row import ROWS_MAX
from gateway.imports.headings import Headings
from gateway.imports.roster_file import FileTally, RosterFile
from gateway.imports.roster_reader import EXAMPLES_MAX, KINDS_MAX, Asked, FoundFile
from gateway.imports.sheets import ZIP, UnreadableError, open_bytes
from gateway.imports.staging import StagedRows
from gateway.imports.table_process import check_members, confine

CPU_SECONDS_MAX: Final = 60  # 16 MiB of text take 5; a workbook of as many rows 30
STAGED_BYTES_MAX: Final = 256 * 1024 * 1024
EXPANDED_BYTES_MAX: Final = 400 * 1024 * 1024  # of all members of a workbook
_NO_WORKBOOK: Final = "is no workbook, or one that is much too large"


class KindsOfFault:
    """Counts faults by their kind, and keeps the first rows of them."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.examples: list[tuple[int, str]] = []

    def add(self, number: int, _name: str, fault: Fault) -> None:
        """Add one."""
        said = f"{fault.column} {fault.problem}"
        if said in self.kinds or len(self.kinds) < KINDS_MAX:
            self.kinds[said] += 1
        if len(self.examples) < EXAMPLES_MAX:
            self.examples.append((number, said))


def main() -> None:
    """Read stdin, and write the entries and what was found."""
    confine(cpu_seconds=CPU_SECONDS_MAX, file_bytes=STAGED_BYTES_MAX)
    asked = msgspec.json.decode(sys.stdin.buffer.readline(), type=Asked)
    try:
        found = _read(asked, sys.stdin.buffer.read())
    except UnreadableError as error:
        found = FoundFile(fault=str(error))
    _say(found)


def _read(asked: Asked, data: bytes) -> FoundFile:
    if data.startswith(ZIP):
        _check(data)
    headings, faults, tally = Headings.of_places(asked.places), KindsOfFault(), FileTally()
    with closing(StagedRows()) as staged:
        file = RosterFile(staged, faults, tally, asked.today, asked.country)
        with open_bytes(data, headings.columns) as sheet:
            file.stage(sheet, sheet.rows)
        kinds, examples = dict(faults.kinds), list(faults.examples)
        entries = file.latest()
        while batch := list(islice(entries, ROWS_MAX)):
            _say(batch)
    return FoundFile(tally.rows, tally.bad, tally.noted, tally.repeated, kinds, examples)


def _check(data: bytes) -> None:
    try:
        check_members(data, EXPANDED_BYTES_MAX)
    except UnreadableError:
        raise UnreadableError(_NO_WORKBOOK) from None


def _say(part: object) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(part) + b"\n")


if __name__ == "__main__":
    main()
