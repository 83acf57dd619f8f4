"""Exports as CSV, XLSX and FHIR: streams of bytes, in flat memory."""

import csv
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from io import StringIO
from typing import Final, NamedTuple

from core.database.database import Database
from core.fields.cell import safe_cell
from core.operators.exports import Exported, read_consent
from core.operators.fhir import resources
from core.registration.intent import RegistrationIntent

Rows = AsyncIterator[Exported]

CHUNK_BYTES: Final = 65_536
COLUMNS: Final = tuple(
    name for name in Exported._fields if name not in {"record_id", "appointment_id"}
)


class Format(NamedTuple):
    """How an export is written: `write` turns rows into bytes."""

    media_type: str
    suffix: str
    write: Callable[[Rows, Database], AsyncIterator[bytes]]


async def _csv(rows: Rows, _: Database) -> AsyncIterator[bytes]:
    """Write CSV (RFC 4180) with a byte-order mark, or spreadsheets take it for Windows-1252."""
    yield "\ufeff".encode() + _line(COLUMNS)
    lines: list[bytes] = []
    size = 0
    async for row in rows:
        lines.append(_line(_cells(row)))
        size += len(lines[-1])
        if size >= CHUNK_BYTES:
            yield b"".join(lines)
            lines, size = [], 0
    yield b"".join(lines)


async def _xlsx(rows: Rows, _: Database) -> AsyncIterator[bytes]:
    """Write a workbook; it stands on the disk until it is whole, for a zip's directory is last."""
    from openpyxl import Workbook  # noqa: PLC0415 it takes 0.2 s to import, and few need it

    book = Workbook(write_only=True)
    sheet = book.create_sheet("export")
    sheet.append(COLUMNS)
    async for row in rows:
        sheet.append(_cells(row))
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


async def _fhir(rows: Rows, database: Database) -> AsyncIterator[bytes]:
    """Write NDJSON, one resource a line, as FHIR's bulk export does."""
    async for row in rows:
        stored = await database.read(partial(read_consent, record_id=row.record_id))
        intent = RegistrationIntent.model_validate_json(stored) if stored else None
        lines = [json.dumps(one, ensure_ascii=False) for one in resources(row, intent)]
        yield "".join(f"{line}\n" for line in lines).encode()


FORMATS: Final = {
    "csv": Format("text/csv; charset=utf-8", "csv", _csv),
    "xlsx": Format(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", _xlsx
    ),
    "fhir": Format("application/fhir+ndjson", "ndjson", _fhir),
}


def _cells(row: Exported) -> list[str]:
    return [safe_cell(str(getattr(row, name) or "")) for name in COLUMNS]


def _line(cells: tuple[str, ...] | list[str]) -> bytes:
    text = StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue().encode()
