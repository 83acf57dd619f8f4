"""Read roster files in a process of their own, so that no turn waits while one is read."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from datetime import date
from typing import Final

import msgspec

from core.roster.row import Entry
from gateway.imports.headings import Headings

FILE_BYTES_MAX: Final = 16 * 1024 * 1024  # some 150,000 rows; more are for the command
EXAMPLES_MAX: Final = 50  # rows with a fault that are named
KINDS_MAX: Final = 50
LINE_BYTES_MAX: Final = 8 * 1024 * 1024  # of entries that are handed over at once
READ_SECONDS_MAX: Final = 50.0  # until the next of them; the first need the whole file
TOO_LARGE: Final = "is too large: import it with the command"
_MODULE: Final = "gateway.imports.roster_process"


class Asked(msgspec.Struct, frozen=True):
    """How to read: by which headings, on which day, and of which country phones are."""

    places: Mapping[str, Mapping[str, int]]
    today: date
    country: str


class FoundFile(msgspec.Struct, frozen=True, omit_defaults=True):
    """Counts of rows: all, bad (left out), noted (used without the phone), repeated further down.

    `kinds` are what is wrong and how often, `examples` the first such rows. `fault` is why the
    file cannot be used.
    """

    rows: int = 0
    bad: int = 0
    noted: int = 0
    repeated: int = 0
    kinds: dict[str, int] = {}
    examples: list[tuple[int, str]] = []
    fault: str = ""


Part = list[Entry] | FoundFile
_DECODER: Final[msgspec.json.Decoder[Part]] = msgspec.json.Decoder(Part)


async def read_roster(
    data: bytes, headings: Headings, *, today: date, country: str
) -> AsyncGenerator[Part]:
    """Yield the entries that count, by NIK, and at last what was found of the file.

    Close it (`aclosing`): the process ends with it.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", _MODULE),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # none of our secrets
        limit=LINE_BYTES_MAX,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asked = Asked(headings.places, today, country)
    try:
        await _send(process.stdin, msgspec.json.encode(asked) + b"\n", data)
        part: Part = []
        while not isinstance(part, FoundFile):
            part = await _next(process.stdout)
            yield part
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _send(stdin: asyncio.StreamWriter, *parts: bytes) -> None:
    with suppress(ConnectionError):
        stdin.writelines(parts)
        await stdin.drain()
    stdin.close()


async def _next(stdout: asyncio.StreamReader) -> Part:
    """Return the next part; of a process that a bound stopped, the fault."""
    try:
        async with asyncio.timeout(READ_SECONDS_MAX):
            return _DECODER.decode(await stdout.readline())
    except (TimeoutError, ValueError):
        return FoundFile(fault=TOO_LARGE)
