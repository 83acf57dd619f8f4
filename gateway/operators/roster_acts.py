"""Acts on the roster's files: read one and tell what it would change, then apply it."""

import asyncio
import re
from array import array
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict, dataclass
from functools import partial
from time import monotonic
from typing import Any, Final

import msgspec

from core.database.statements import Connection
from core.operators.roles import Scope
from core.roster.files import Brought, keep_file, list_files, mark_applied, read_file
from core.roster.importer import Importer
from core.roster.row import COLUMNS
from gateway.http.problems import ProblemError
from gateway.imports.headings import Headings
from gateway.imports.roster_file import PAUSE_SHARE
from gateway.imports.roster_reader import FILE_BYTES_MAX, FoundFile, Part, read_roster
from gateway.operators.acts import Act, Answer, Call, NeedsSecondError
from gateway.operators.deeds import note_first, write_noted
from gateway.operators.desk import Desk

REMOVED_SHARE_MAX: Final = 0.01  # of the roster, by one person alone
_ID: Final = re.compile(r"[0-9]{1,18}")
_APPLY: Final = {
    "type": "object",
    "properties": {
        "absent": {
            "enum": ["keep", "remove"],
            "description": "what becomes of those on the roster whom the file does not list",
        },
    },
    "required": ["absent"],
}


@dataclass(slots=True)
class Written:
    """How many people of the roster an import added, changed and removed."""

    added: int = 0
    changed: int = 0
    removed: int = 0


def roster_acts(desk: Desk) -> tuple[Act, ...]:
    """Return the acts; of one process, one file is read at a time."""
    database, campaign, turn = desk.database, desk.campaign, asyncio.Semaphore(1)
    headings = Headings(desk.wording.typed, COLUMNS)

    def parts(data: bytes, call: Call) -> AsyncGenerator[Part]:
        return read_roster(data, headings, today=call.at.date(), country=campaign.country)

    async def bring(call: Call) -> Answer:
        if not call.file:
            raise ProblemError(422, "the body should be the file: CSV, or a workbook (XLSX)")
        async with turn:
            found = await _compare(parts(call.file, call), Importer(database, campaign.id))
        file = Brought(call.file, found)
        who = {"campaign": campaign.id, "operator": call.operator.name}

        def run(connection: Connection) -> Answer:
            row_id = keep_file(connection, file=file, at=call.at, **who)
            return Answer(value={"import": row_id, **found}, what=str(row_id))

        return await write_noted(database, call, run)

    async def listed(_call: Call) -> Answer:
        items = await database.read(partial(list_files, campaign=campaign.id))
        return Answer(value={"items": items})

    async def apply(call: Call) -> Answer:
        data, row_id = await _file(desk, call)
        remove, importer = call.body["absent"] == "remove", Importer(database, campaign.id)
        async with turn:
            found = await _compare(parts(data, call), importer)
            if remove:
                await _check_gone(found, importer, call)
            await note_first(database, call, str(row_id))
            await importer.begin(now=call.at)
            done = await _write(parts(data, call), importer, remove=remove)
            await importer.end(now=call.at, checks=not desk.effects.terms.asks_registry)
        value = asdict(done)
        noted = partial(mark_applied, row_id=row_id, operator=call.operator.name, at=call.at)
        await database.write(partial(noted, done=value))
        return Answer(value=value, noted=True)

    return (
        Act(
            name="import_roster",
            method="POST",
            path="/api/v1/roster/imports",
            scope=Scope.IMPORT,
            audit="import",
            says="Bring a roster file and tell what it would change; nothing is changed yet.",
            run=bring,
            file=FILE_BYTES_MAX,
            writes=True,
            plain=True,
        ),
        Act(
            name="roster_imports",
            method="GET",
            path="/api/v1/roster/imports",
            scope=Scope.IMPORT,
            audit="imports",
            says="List the roster files that were brought, the newest first.",
            run=listed,
        ),
        Act(
            name="apply_roster",
            method="POST",
            path="/api/v1/roster/imports/{id}/apply",
            scope=Scope.IMPORT,
            audit="apply_import",
            says="Write a roster file that was brought; more than 1 % removed needs two people.",
            run=apply,
            body=_APPLY,
            writes=True,
        ),
    )


async def _file(desk: Desk, call: Call) -> tuple[bytes, int]:
    """Return the file that the path names, and its id, or raise `ProblemError`."""
    text = call.path["id"]
    row_id = int(text) if _ID.fullmatch(text) else 0
    reading = partial(read_file, campaign=desk.campaign.id, row_id=row_id)
    data = await desk.database.read(reading)
    if data is None:
        raise ProblemError(404, "no import has this id")
    if not data:
        raise ProblemError(409, "its file is kept no longer: bring it again")
    return data, row_id


async def _compare(parts: AsyncGenerator[Part], importer: Importer) -> dict[str, Any]:
    """Return what was found of the file, and what it would change."""
    listed = changed = entries = 0
    found = FoundFile()
    async with aclosing(parts):
        async for part in parts:
            if isinstance(part, FoundFile):
                found = _usable(part)
                continue
            known = await importer.compare(part)
            entries, listed = entries + len(part), listed + known.listed
            changed += known.changed
    counts = {
        "new": entries - listed,
        "changed": changed,
        "same": listed - changed,
        "gone": max(await importer.count() - listed, 0),
    }
    return {**counts, **_counted(found)}


def _usable(found: FoundFile) -> FoundFile:
    if found.fault:
        raise ProblemError(422, f"the file {found.fault}")
    if found.rows <= found.bad:
        raise ProblemError(422, "the file has no row that can be used")
    return found


def _counted(found: FoundFile) -> dict[str, Any]:
    kept = msgspec.to_builtins(found)
    names = ("rows", "bad", "noted", "repeated", "kinds", "examples")
    return {name: kept.get(name, getattr(found, name)) for name in names}


async def _check_gone(found: dict[str, Any], importer: Importer, call: Call) -> None:
    """Raise `NeedsSecondError` if one person alone may not remove so many."""
    many = found["gone"] > REMOVED_SHARE_MAX * await importer.count()
    if many and not call.confirmed_by:
        raise NeedsSecondError


async def _write(parts: AsyncGenerator[Part], importer: Importer, *, remove: bool) -> Written:
    done, niks = Written(), array("Q")  # 8 bytes each, in order
    async with aclosing(parts):
        async for part in parts:
            began = monotonic()
            if isinstance(part, FoundFile):
                _usable(part)
            entries = [] if isinstance(part, FoundFile) else part
            if entries:
                counts = await importer.put(entries)
                done.added, done.changed = done.added + counts.added, done.changed + counts.changed
                niks.extend(int(one.nik) for one in entries)
            await asyncio.sleep((monotonic() - began) * PAUSE_SHARE)
    if remove:
        done.removed = await importer.remove(niks)
    return done
