"""Hostile tables: each is refused in bounded time and memory, and holds up no other."""

import asyncio
import io
import resource
import signal
import subprocess
import sys
import time
import zipfile
from functools import cache

import openpyxl
import pytest

from core.database.unavailable import UnavailableError
from gateway.imports import table_process
from gateway.imports.sheets import UnreadableError
from gateway.imports.table_process import (
    CELL_CHARACTERS_MAX,
    CELLS_MAX,
    CHARACTERS_MAX,
    CPU_SECONDS_MAX,
    EXPANDED_BYTES_MAX,
    MEMBERS_MAX,
    MEMORY_BYTES_MAX,
    RATIO_BYTES_MIN,
    RATIO_MAX,
    ROWS_MAX,
    SHEETS_MAX,
    cell_text,
    check_members,
)
from gateway.imports.tables import TOO_LARGE, UNREADABLE, WAITING_MAX, TableReader
from tests.fixtures.hostile import in_time
from tests.fixtures.lists import HEADS, cells

SECONDS_MAX = CPU_SECONDS_MAX + 5  # a busy machine
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(*rows, sheets=1):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for _ in range(1, sheets):
        book.create_sheet().append(("more",))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def rewritten(data, **members):
    """Return the workbook with other members; `sheet` and `strings` are short for two."""
    names = {"sheet": "xl/worksheets/sheet1.xml", "strings": "xl/sharedStrings.xml"}
    given = {names.get(name, name): content for name, content in members.items()}
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in {*old.namelist(), *given}:
            write = given.get(name)
            if write is None:
                new.writestr(name, old.read(name))
                continue
            with new.open(name, "w") as member:
                for chunk in write():
                    member.write(chunk)
    return made.getvalue()


def sheet(rows):
    def write():
        yield f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
        yield from rows
        yield b"</sheetData></worksheet>"

    return write


def repeated(chunk, times):
    def write():
        for _ in range(times):
            yield chunk

    return write


PLAIN = workbook(HEADS, cells(1))


@cache
def bomb():
    """600 MB of blanks in one shared string: 600 KB in the mail."""
    return rewritten(PLAIN, strings=repeated(b" " * 1_000_000, 600))


def liar():
    """The same, but its directory says that it is small."""
    data = bytearray(bomb())
    name = b"xl/sharedStrings.xml"
    at = data.rindex(name) - 46  # the entry in the central directory
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


def nested():
    """Entities that would expand to a billion words."""
    entities = b"".join(b'<!ENTITY a%d "%b">' % (n + 1, b"&a%d;" % n * 10) for n in range(9))
    head = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "lol">' + entities + b"]>"
    cell = b'<c t="inlineStr"><is><t>&a9;</t></is></c>'
    return rewritten(PLAIN, sheet=lambda: [head, *sheet([b"<row>", cell, b"</row>"])()])


HOSTILE = {
    "a zip bomb": bomb,
    "a zip whose directory lies": liar,
    "entities": nested,
    "a million empty rows": lambda: rewritten(PLAIN, sheet=sheet([b"<row/>" * 1_000_000])),
    "one row far below": lambda: rewritten(
        PLAIN, sheet=sheet([b'<row r="1048576"><c t="str"><v>x</v></c></row>'])
    ),
    "a row of many cells": lambda: rewritten(
        PLAIN, sheet=sheet([b"<row>", b"<c><v>1</v></c>" * 1_000_000, b"</row>"])
    ),
    "a long cell": lambda: rewritten(
        PLAIN, sheet=sheet([b'<row><c t="str"><v>', b"x" * 20_000_000, b"</v></c></row>"])
    ),
    "a vast number": lambda: rewritten(
        PLAIN, sheet=sheet([b"<row><c><v>", b"9" * 1_000_000, b"</v></c></row>"])
    ),
    "deep XML": lambda: rewritten(PLAIN, sheet=sheet([b"<row>" * 2_000_000])),
    "no zip": lambda: b"PK\x03\x04" + b"\0" * 100_000,
    "half a zip": lambda: PLAIN[: len(PLAIN) // 2],
    "a zip of something else": lambda: rewritten(PLAIN, **{"xl/workbook.xml": lambda: [b"x"]}),
}  # fmt: skip


@pytest.fixture
def reader():
    return TableReader()


async def read(reader, data, *, is_workbook=True, first=True):
    return await reader.read(data, is_workbook=is_workbook, first=first)


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_workbook_is_refused_or_read_in_bounded_time(name, reader):
    data = HOSTILE[name]()
    assert len(data) < 10 * 1024 * 1024  # it comes as a letter
    began, of_children = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    before, peak_before = of_children.ru_utime, of_children.ru_maxrss
    table = await read(reader, data)
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert used < CPU_SECONDS_MAX + 1
    assert in_time(time.monotonic() - began, SECONDS_MAX)
    assert table.fault in {TOO_LARGE, UNREADABLE, ""}
    assert sum(len(cell) for _n, row in table.rows for cell in row) < 100_000
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    # Another test's child may be larger; and a child is as large as we are until it runs its own.
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert peak <= max(peak_before, ours, MEMORY_BYTES_MAX // 1024)


@pytest.mark.parametrize("name", ["a zip bomb", "no zip", "half a zip", "entities"])
async def test_nothing_is_read_of_what_is_no_honest_workbook(name, reader):
    table = await read(reader, HOSTILE[name]())
    assert table.fault in {TOO_LARGE, UNREADABLE}
    assert table.rows == []


@pytest.mark.parametrize(
    "data",
    [
        b"NIK,Nama\n" + b"x" * 2_000_000,
        b'NIK,Nama\n"' + b"x\n" * 900_000,
        b"," * 2_000_000,
        b"\n" * 2_000_000,
        b'"' * 2_000_000,
        b"\xff" * 2_000_000,
        b"\xff\xfe" + b"a" * 2_000_001,
        b"\0" * 2_000_000,
        b"",
    ],
    ids=lambda data: repr(data[:12]),
)
async def test_a_hostile_text_is_refused_or_read_in_bounded_time(data, reader):
    began = time.monotonic()
    table = await read(reader, data, is_workbook=False)
    assert in_time(time.monotonic() - began, SECONDS_MAX)
    assert len(table.rows) <= ROWS_MAX


async def test_so_many_rows_are_looked_at(reader):
    for many, cut in ((ROWS_MAX, False), (ROWS_MAX + 1, True)):
        table = await read(reader, b"a,b\n" * many, is_workbook=False)
        assert (len(table.rows), table.cut) == (ROWS_MAX, cut)


async def test_rows_and_cells_are_cut_at_their_bounds(reader):
    row = ",".join(["x" * (CELL_CHARACTERS_MAX + 1)] * (CELLS_MAX + 1))
    for data, is_workbook in ((row.encode(), False), (workbook(row.split(",")), True)):
        [(_number, found)] = (await read(reader, data, is_workbook=is_workbook)).rows
        assert [len(cell) for cell in found] == [CELL_CHARACTERS_MAX] * CELLS_MAX


async def test_so_many_characters_are_kept(reader, monkeypatch):
    most = table_process.CHARACTERS_MAX
    row = b"x" * CELL_CHARACTERS_MAX + b",\n"
    fitting = most // CELL_CHARACTERS_MAX
    for many, cut in ((fitting, False), (fitting + 1, True)):
        table = await read(reader, row * many, is_workbook=False)
        assert (len(table.rows), table.cut) == (fitting, cut)


def packed(*sizes, level=zipfile.ZIP_STORED):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", level) as new:
        for number, size in enumerate(sizes):
            new.writestr(str(number), b"\0" * size)
    return made.getvalue()


def test_a_workbook_unpacks_to_so_much_at_most():
    half = EXPANDED_BYTES_MAX // 2
    check_members(packed(half, half))
    with pytest.raises(UnreadableError, match=TOO_LARGE):
        check_members(packed(half, half, 1))


def test_a_workbook_has_so_many_members_at_most():
    check_members(packed(*[1] * MEMBERS_MAX))
    with pytest.raises(UnreadableError, match=TOO_LARGE):
        check_members(packed(*[1] * (MEMBERS_MAX + 1)))


def test_a_member_is_packed_so_densely_at_most():
    check_members(packed(RATIO_BYTES_MIN, level=zipfile.ZIP_DEFLATED))
    dense = packed(RATIO_BYTES_MIN + 1, level=zipfile.ZIP_DEFLATED)
    assert RATIO_MAX * len(dense) < RATIO_BYTES_MIN
    with pytest.raises(UnreadableError, match=TOO_LARGE):
        check_members(dense)


async def test_a_file_that_takes_too_long_is_given_up_and_its_process_ended(reader):
    quick = TableReader(seconds_max=0.01)
    table = await read(quick, PLAIN)
    assert table.fault == TOO_LARGE
    assert (await read(reader, PLAIN)).rows


async def test_strangers_who_wait_hold_up_no_authentic_letter(reader):
    waiting = [asyncio.create_task(read(reader, PLAIN, first=False)) for _ in range(WAITING_MAX)]
    await asyncio.sleep(0)
    with pytest.raises(UnavailableError):
        await read(reader, PLAIN, first=False)
    assert (await read(reader, PLAIN)).rows
    assert not all(task.done() for task in waiting)
    assert all(table.rows for table in await asyncio.gather(*waiting))
    assert (await read(reader, PLAIN, first=False)).rows


def confined(work):
    """Run `work` in a process with the bounds of one that reads a table."""
    begin = "from gateway.imports.table_process import confine; confine()\n"
    return subprocess.run([sys.executable, "-c", begin + work], check=False, capture_output=True)


def test_the_system_bounds_memory_time_and_files(tmp_path):
    assert confined(f"x = bytearray({MEMORY_BYTES_MAX // 2})").returncode == 0
    assert b"MemoryError" in confined(f"x = bytearray({MEMORY_BYTES_MAX})").stderr
    assert confined("while True: pass").returncode == -signal.SIGKILL
    confined(f"open({str(tmp_path / 'x')!r}, 'w').write('x')")
    assert (tmp_path / "x").read_bytes() == b""


async def test_the_process_has_none_of_our_secrets(reader, monkeypatch, tmp_path):
    monkeypatch.setenv("SATUPINTU_SECRET", "of ours")
    seen = tmp_path / "sitecustomize.py"
    seen.write_text(
        "import os\nif any('SATUPINTU' in name for name in os.environ):\n    os._exit(1)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert (await read(reader, PLAIN)).rows


async def test_further_sheets_with_rows_are_read_up_to_a_bound(reader):
    assert (await read(reader, workbook(HEADS))).further == []
    for count, unread in ((SHEETS_MAX, False), (SHEETS_MAX + 1, True)):
        table = await read(reader, workbook(HEADS, sheets=count))
        assert (len(table.further), table.unread_sheets) == (SHEETS_MAX - 1, unread)


async def test_all_sheets_share_the_bound_of_characters(reader):
    row = ["x" * 200] * 50
    for rows, cut in ((CHARACTERS_MAX // 10_000 - 1, False), (CHARACTERS_MAX // 10_000, True)):
        table = await read(reader, workbook(*[row] * rows, sheets=2))
        assert (len(table.rows), table.cut) == (rows, False)
        assert [one.cut for one in table.further] == [cut]


async def test_a_formula_counts_by_its_last_result_and_is_never_run(reader):
    table = await read(reader, workbook(HEADS, ("=1+1", "=HYPERLINK(1)", "x", "=cmd|' /C'!A0")))
    assert table.rows[1] == (2, ["", "", "x"])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (3204115706960001, "3204115706960001"),
        (3204115706960001.0, "3204115706960001"),
        (3204115706960010, "3.20411570696001E+15"),
        (3.20411570696e15, "3.20411570696000E+15"),
        (81211110000, "81211110000"),
        (1.5, "1.5"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (True, "True"),
        (None, ""),
    ],
)  # fmt: skip
def test_a_number_that_a_spreadsheet_rounded_stays_recognisable(cell, text):
    assert cell_text(cell) == text
