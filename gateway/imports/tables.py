"""Read tables of strangers in a process of their own, which is ended at a deadline."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import msgspec

from core.database.unavailable import UnavailableError

SECONDS_MAX: Final = 15.0  # of one file, on a busy machine; its processor time is bounded, too
OUTPUT_BYTES_MAX: Final = 4 * 1024 * 1024
WAITING_MAX: Final = 8  # letters of one lane; the mail server sends further ones again
UNREADABLE: Final = "list_file_unreadable"
TOO_LARGE: Final = "list_file_too_large"

_MODULE: Final = "gateway.imports.table_process"


class Table(msgspec.Struct, frozen=True, omit_defaults=True):
    """The rows of a table with their numbers, from 1; or `fault`, the key of what is wrong.

    `cut`: there are more rows. `further` are those sheets of the workbook below it that have rows;
    `unread_sheets`: some were not looked into.
    """

    rows: list[tuple[int, list[str]]] = []
    cut: bool = False
    fault: str = ""
    further: list["Table"] = []
    unread_sheets: bool = False

    @property
    def sheets(self) -> list["Table"]:
        """Return all sheets that have rows, and the first."""
        return [self, *self.further]


class TableReader:
    """Reads one table at a time in each of two lanes, so that strangers hold up no others."""

    def __init__(self, *, seconds_max: float = SECONDS_MAX) -> None:
        self._seconds_max = seconds_max
        self._lanes = {first: asyncio.Semaphore(1) for first in (True, False)}
        self._waiting = dict.fromkeys((True, False), 0)

    async def read(self, data: bytes, *, is_workbook: bool, first: bool) -> Table:
        """Return the table; `first` is the lane of authentic letters.

        Raises `UnavailableError` if too many wait already.
        """
        async with self._place(first):
            try:
                async with asyncio.timeout(self._seconds_max):
                    return await _read(data, "workbook" if is_workbook else "text")
            except TimeoutError:
                return Table(fault=TOO_LARGE)

    @asynccontextmanager
    async def _place(self, first: bool) -> AsyncIterator[None]:  # noqa: FBT001
        if self._waiting[first] >= WAITING_MAX:
            raise UnavailableError("too many files are waiting to be read")
        self._waiting[first] += 1
        try:
            async with self._lanes[first]:
                yield
        finally:
            self._waiting[first] -= 1


async def _read(data: bytes, kind: str) -> Table:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", _MODULE, kind),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},  # none of our secrets
    )
    try:
        return _to_table(await _talk(process, data))
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _talk(process: asyncio.subprocess.Process, data: bytes) -> bytes:
    """Write the file; return what is answered, at most one byte more than is allowed."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()
    said = bytearray()
    while len(said) <= OUTPUT_BYTES_MAX and (some := await process.stdout.read(1 << 16)):
        said += some
    return bytes(said)


def _to_table(said: bytes) -> Table:
    """Return the table; of a process that was stopped by a bound, nothing is said."""
    if not said or len(said) > OUTPUT_BYTES_MAX:
        return Table(fault=TOO_LARGE)
    try:
        return msgspec.json.decode(said, type=Table)
    except msgspec.DecodeError:
        return Table(fault=TOO_LARGE)
