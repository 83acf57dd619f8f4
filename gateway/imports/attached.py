"""Read the files of a letter: lists of staff become persons, all else is evidence."""

import asyncio
from dataclasses import dataclass, field
from typing import Final

from channels.email.attachments import OTHER_TABLE, TABLES, XLSX, decode
from channels.shared.file_types import EVIDENCE_BYTES_MAX
from core.messages import AttachedFile, Inbound, ListedPerson, Prompt
from core.registration.evidence import EvidenceFile
from gateway.imports.headings import Headings
from gateway.imports.tables import TOO_LARGE, Table, TableReader

TABLE_BYTES_MAX: Final = 2 * 1024 * 1024  # 500 rows of staff have some 50,000
TABLES_MAX: Final = 5  # of one letter that are read


@dataclass(slots=True)
class FoundFiles:
    """What the files hold: `notes` say what was not read; `tables`: there was a list."""

    tables: bool = False
    persons: list[ListedPerson] = field(default_factory=list[ListedPerson], repr=False)
    notes: list[Prompt] = field(default_factory=list[Prompt])
    evidence: list[EvidenceFile] = field(default_factory=list[EvidenceFile], repr=False)
    too_large: bool = False  # a file of evidence that is not kept


class AttachedLists:
    """Reads the files of letters within bounds, tables in a process of their own."""

    def __init__(self, headings: Headings, reader: TableReader) -> None:
        self._headings, self._reader = headings, reader

    async def read(self, letter: Inbound) -> FoundFiles:
        """Return what the files hold; raise `UnavailableError` if too many wait to be read."""
        found = FoundFiles()
        tables = [one for one in letter.files if one.media_type in TABLES]
        found.tables = bool(tables)
        for file in tables[:TABLES_MAX]:
            await self._read_table(file, letter, found)
        found.notes += [_note("list_file_kind", one) for one in tables[TABLES_MAX:]]
        for file in letter.files:
            if file.media_type not in TABLES:
                await _read_evidence(file, found)
        return found

    async def _read_table(self, file: AttachedFile, letter: Inbound, found: FoundFiles) -> None:
        if file.media_type == OTHER_TABLE:
            found.notes.append(_note("list_file_kind", file))
            return
        data = await asyncio.to_thread(decode, file.body, file.encoding)
        if len(data) > TABLE_BYTES_MAX:
            found.notes.append(_note(TOO_LARGE, file))
            return
        table = await self._reader.read(
            data, is_workbook=file.media_type == XLSX, first=letter.authentic
        )
        if table.fault:
            found.notes.append(_note(table.fault, file))
            return
        listed = self._headings.find_list(table, file.part)
        if listed is None:
            found.notes += [_note("list_file_no_head", file), *self._read_headings(table)]
            return
        sheet, persons = listed
        found.persons += persons
        if sheet.cut:
            found.notes.append(_note("list_file_rest", file))
        if table.further or table.unread_sheets:
            found.notes.append(_note("list_file_sheets", file))

    def _read_headings(self, table: Table) -> list[Prompt]:
        """Return what was read where the headings should be, and what they lack."""
        heads = [self._headings.nearest(sheet) for sheet in table.sheets]
        said, lacking = min(heads, key=lambda head: len(head[1]))
        lacks = [Prompt("list_file_lacks", {"label": f"@step_{key}"}) for key in lacking]
        if not said:
            return lacks
        return [Prompt("list_file_headings", {"headings": f"@text:{said}"}), *lacks]


async def _read_evidence(file: AttachedFile, found: FoundFiles) -> None:
    data = await asyncio.to_thread(decode, file.body, file.encoding)
    if len(data) > EVIDENCE_BYTES_MAX:
        found.too_large = True
    else:
        found.evidence.append(EvidenceFile(file.part, file.media_type, data))


def _note(key: str, file: AttachedFile) -> Prompt:
    return Prompt(key, {"part": str(file.part)})
