"""Lists of staff from the web: read, checked as often as its sender mends it, and then staged.

Nothing of it is kept before it is sent: until then the page itself holds the rows.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from channels.shared.file_types import evidence_type
from core.conversation.register.listed import ListedRow, ListReader
from core.database.database import Database
from core.messages import Inbound, ListedPerson
from core.registration.lists import list_key
from core.registration.web_lists import ROWS_OF_NETWORK_MAX, WebList, find_list, stage_whole
from gateway.imports.headings import Headings
from gateway.imports.headless import guess_persons
from gateway.imports.sheets import ZIP
from gateway.imports.tables import TableReader
from gateway.runtime.deadline import Deadline

ROWS_AT_ONCE: Final = 32  # checked before others' turns go between
NOBODY: Final = "list_nobody_found"  # what is wrong with a file that names nobody
PDF: Final = "list_file_pdf"
PICTURE: Final = "list_file_picture"
_KINDS: Final = {"application/pdf": PDF, "image/jpeg": PICTURE, "image/png": PICTURE}


@dataclass(frozen=True, slots=True)
class FoundList:
    """The persons of a file or of pasted text, or `fault`, the key of why there are none."""

    persons: Sequence[ListedPerson] = ()
    fault: str = ""
    more: bool = False  # rows that are too many for a day


@dataclass(frozen=True, slots=True, kw_only=True)
class WebLists:
    """Reads, checks and stages lists; `on_list` is called when one is staged.

    `tables` reads for these lists alone, so that no letter waits for them.
    """

    database: Database
    deadline: Deadline
    reader: ListReader
    headings: Headings
    tables: TableReader
    on_list: Callable[[], None]

    async def read(self, data: bytes) -> FoundList:
        """Return whom a workbook or a text lists; raise `UnavailableError` if too many wait.

        One file is read at a time, whoever brings it, in a process that is bounded.
        """
        table = await self.tables.read(data, is_workbook=data.startswith(ZIP), first=False)
        kind = _KINDS.get(evidence_type(data), "")
        if table.fault:
            return FoundList(fault=kind or table.fault)
        listed = self.headings.find_list(table, 0)
        sheet, persons = listed or (table, guess_persons(table, 0))
        if not persons:
            return FoundList(fault=kind or NOBODY)
        kept = persons[:ROWS_OF_NETWORK_MAX]
        return FoundList(kept, more=sheet.cut or len(kept) < len(persons))

    async def check(self, given: Inbound, persons: Sequence[ListedPerson]) -> Sequence[ListedRow]:
        """Return each row as it would be recorded, or what is wrong with it."""
        rows: list[ListedRow] = []
        for start in range(0, len(persons), ROWS_AT_ONCE):
            rows += [self.reader.read(given, one) for one in persons[start : start + ROWS_AT_ONCE]]
            await asyncio.sleep(0)
        return self.reader.doubt(rows)

    async def stage(self, given: Inbound, persons: Sequence[ListedPerson], network: str) -> None:
        """Stage the list durably, once; raise `TooManyRowsError` if it does not fit today."""
        operation = partial(stage_whole, given=given, persons=persons, network=network)
        with self.deadline:
            await self.database.write(operation, alone=True)  # many share its counts
        self.on_list()

    async def find(self, given: Inbound) -> WebList | None:
        """Return what became of the list that was sent by this message; None if there is none."""
        with self.deadline:
            return await self.database.read(partial(find_list, key=list_key(given)))
