"""Hostile letters to the real process: whoever else asks meanwhile is answered at once."""

import asyncio
import base64
import time

import httpx2
import pytest

from tests.fixtures.process import Process
from tests.fixtures.strangers import check_log
from tests.fixtures.wires import mail_once

SIZE = 256 * 1024
ANSWER_SECONDS_MAX = 0.25
PAUSE_SECONDS = 0.002
AT_ONCE, MANY, TRIES = 3, 40, 4
HEAD = b"From: a@b.co\r\nTo: vaksin@pedulilindungi.id\r\n"


def packed(text, kind=b"text/html"):
    front = b"Content-Type: %b\r\nContent-Transfer-Encoding: base64\r\n\r\n" % kind
    return HEAD + front + base64.encodebytes(text[: SIZE * 73 // 100]).replace(b"\n", b"\r\n")


def plain(line):
    return HEAD + b"\r\n" + line * ((SIZE - len(HEAD)) // len(line))


def multipart(part, many=20):
    one = b"--b\r\nContent-Type: text/html\r\n\r\n" + part[: SIZE // many - 60] + b"\r\n"
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + one * many + b"--b--\r\n"


def field(name, value, many):
    line = name + b": " + value + b"\r\n"
    return line * many + HEAD + b"\r\nNIK: 1\r\n"


def attached(name, content):
    front = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    front += (
        b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=" + name
    )
    body = base64.encodebytes(content[: SIZE * 7 // 10]).replace(b"\n", b"\r\n")
    return HEAD + front + b"\r\n\r\n" + body + b"--b--\r\n"


def nested():
    fronts = (
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n)
        for n in range(4_000)
    )
    return (HEAD + b"".join(fronts))[:SIZE]


SHAPES = {
    "a tag that never ends": packed(b"<" + b"a" * SIZE),
    "tags that never end": packed(b"<a" * SIZE),
    "rows": packed(b"<tr><td>x" * SIZE),
    "comments": packed(b"<!--" * SIZE),
    "a vast entity": packed(b"&#" + b"9" * SIZE),
    "no charset": packed(b"\xff" * SIZE, b"text/plain; charset=iso-2022-jp"),
    "spaces": plain(b"a" + b" " * 990 + b"a\r\n"),
    "one long line": plain(b"x" * SIZE),
    "senders never closed": field(b"From", b'"' + b'\\"' * 990, 120),
    "encoded words": field(b"Subject", b"=?" * 480 + b"?=" * 480, 120),
    "references": field(b"References", b"<a@b" * 240, 250),
    "fields": field(b"X", b"y", 40_000),
    "folds": HEAD + b"X:" + b"\r\n x" * 60_000 + b"\r\n\r\nx",
    "parts of tags": multipart(b"<a" * SIZE),
    "parts of labels": multipart(b"NIK:<br>" * SIZE),
    "many parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 23_000,
    "nested": nested(),
    "labels": plain(b"NIK: 1, Nama: a, No HP: 1\r\n"),
    "quotes": plain(b"> > > NIK: 1\r\n"),
    "attributions": plain(b"On 1 Jan 2021, a <a@b.c>\r\n"),
    "said and said": plain(b"On 1 " + b"wrote " * 150 + b"\r\n"),
    "head blocks": plain(b"From: a@b.c\r\nDate: 1:00\r\n"),
    "a workbook that is none": attached(b"x.xlsx", b"PK\x03\x04" + b"x" * SIZE),
    "a table of commas": attached(b"x.csv", b"," * SIZE),
    "evidence": attached(b"x.pdf", b"%PDF-" + b"x" * SIZE),
    "closings": plain(b"Terima kasih\r\nHormat kami\r\n"),
}  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    process = Process(tmp_path_factory.mktemp("letters") / "var").start()
    yield process
    check_log(process)
    process.end()


async def asking(url, done):
    """Ask for the health until it is done; return the longest time that an answer took."""
    longest = 0.0
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        while not done.is_set():
            began = time.perf_counter()
            assert (await client.get("/health/live")).status_code == 200
            longest = max(longest, time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    return longest


async def longest_answer(running, letter):
    """Hand in some of the letter at once; return how long others waited meanwhile."""
    done = asyncio.Event()
    watch = asyncio.create_task(asking(running.url, done))
    codes = await asyncio.gather(*(mail_once(running.smtp_port, letter) for _ in range(AT_ONCE)))
    done.set()
    assert set(codes) <= {250, 552}
    return await watch


async def begin(port, letter):
    """Say all of a letter but its end, which is yet to be written; return how to say more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = (b"EHLO x", b"MAIL FROM:<a@b.co>", b"RCPT TO:<vaksin@pedulilindungi.id>", b"DATA")
    for line in (b"", *said):
        writer.write(line + b"\r\n" if line else b"")
        while (await reader.readline())[3:4] == b"-":
            pass
    writer.write(letter)
    await writer.drain()
    return reader, writer


@pytest.mark.parametrize("shape", ["rows", "labels"])
async def test_many_that_come_at_one_instant_are_read_one_by_one_between_others(shape, running):
    for _ in range(TRIES):
        lines = [await begin(running.smtp_port, SHAPES[shape]) for _ in range(MANY)]
        done = asyncio.Event()
        watch = asyncio.create_task(asking(running.url, done))
        for _reader, writer in lines:
            writer.write(b"\r\n.\r\n")
        answers = [(await reader.readline())[:3] for reader, _writer in lines]
        done.set()
        longest = await watch
        for _reader, writer in lines:
            writer.close()
        assert set(answers) <= {b"250", b"451"}
        if longest < ANSWER_SECONDS_MAX:
            break
    assert longest < ANSWER_SECONDS_MAX


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_hostile_letter_holds_up_nobody(shape, running):
    assert len(SHAPES[shape]) <= SIZE + 1_000
    for _ in range(TRIES):  # a busy machine holds up everybody
        longest = await longest_answer(running, SHAPES[shape])
        if longest < ANSWER_SECONDS_MAX:
            break
    assert longest < ANSWER_SECONDS_MAX
