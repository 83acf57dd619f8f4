"""SMS by an operator: a real Kannel and a real Jasmin before a message centre, both ways."""

import asyncio
import sqlite3
import time
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from urllib.parse import quote

import pytest

from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox.message import Outgoing
from core.outbox.store import SqlOutbox
from gateway.commands.database import closing_database
from tests.fixtures import operators
from tests.fixtures.ports import free_port
from tests.fixtures.process import ROOT
from tests.scripts import CAMPAIGN

DAY = "2021-01-15T10:00:00+07:00"
KEY = "kunci/rahasia+1 of thirty-two letters"  # with what must be quoted in an address
GET_URL = "&sender=%p&to=%P&ts=%t&id=%I&charset=%C&coding=%c&message=%a"
SECONDS, LONG_SECONDS = 30, 60
BINARY, UCS_2 = 4, 8  # data_coding
UNREACHABLE, REFUSED = "13", "66"  # how such numbers end, as the centre has it
NAME, HARD, PLACE = "SITI AMINAH", "RENÉ AMINAH", "RS é @ [1]"
CODE = Prompt("code_sms", {"code": "123456"})
REMINDER = Prompt(
    "reminder_day",
    {
        "date": "date:2021-01-16",
        "time": "time:2021-01-16T08:00+07:00",
        "facility": f"@text:{PLACE}",
        "address": "@text:Jl. Satu 1",
        "number": "VN-1",
    },
)
LISTED = """
    INSERT INTO roster (campaign, nik, full_name, profession, facility_code, phone)
    VALUES (?, ?, ?, ?, ?, ?)
"""
MANY = 200
_numbers = count(1)


def people(several):
    """Return (phone, NIK) of people who were not there yet."""
    numbers = [next(_numbers) for _ in range(several)]
    return [(f"+62811{n:05d}00", f"320411570696{n:04d}") for n in numbers]


async def seen(look, seconds=SECONDS):
    """Look until it is so."""
    end = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < end, "it never was"
        await asyncio.sleep(0.05)


@dataclass
class Line:
    """A gateway, the operator's own, and the message centre behind it."""

    process: object
    centre: operators.Centre

    def states(self, phone):
        items = self.process.api("outbox/search", {"address": phone}).json()["items"]
        return [one["status"] for one in items]

    def delivered(self, phones):
        """Return how many SMS reached phones like that."""
        words = "SELECT count(*) FROM outbox WHERE status = 'delivered' AND value LIKE ?"
        ((number,),) = self.ask(words, phones)
        return number

    def ask(self, words, *values):
        file = self.process.data_dir / "satupintu.db"
        with closing(sqlite3.connect(file, timeout=10)) as database, database:
            return database.execute(words, values).fetchall()

    async def queue(self, phone, *prompts):
        """Queue an SMS for each prompt, as the gateway's own parts do."""
        url = f"sqlite:///{self.process.data_dir}/satupintu.db"
        async with closing_database(url) as database:
            for prompt in prompts:
                await SqlOutbox(database).put(_sms(phone, prompt))


def _sms(phone, prompt):
    return Outgoing(
        key=f"{phone}/{prompt.key}",
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, phone),
        reply=Reply((prompt,), "id"),
        created_at=datetime.fromisoformat(DAY),
        answers_request=False,
    )


@asynccontextmanager
async def open_line(gateway, folder, name, run):
    centre, sends = operators.Centre(), free_port()
    where = {"kannel": "/cgi-bin/sendsms", "jasmin": "/send"}[name]
    account = {"URL": f"http://127.0.0.1:{sends}{where}", "USERNAME": "gateway"}
    account |= {"PASSWORD": "geheim", "FROM": "1199"}
    given = {f"{name.upper()}_{key}": value for key, value in account.items()}
    campaign = (ROOT / "campaign.toml").read_text()
    (folder / "campaign.toml").write_text('senders = { invitation = "" }\n' + campaign)
    given |= {"CAMPAIGN": folder / "campaign.toml", "SEND_RATE": f"{name}=0"}
    process = gateway(NOW=DAY, WEBHOOK_KEY=KEY, **given)
    serving = asyncio.create_task(centre.run())
    try:
        with run(centre, process.url, sends):
            process.start()
            await seen(lambda: centre.is_bound)
            yield Line(process, centre)
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


@pytest.fixture(params=["post-url", "get-url"])
async def by_kannel(request, gateway, tmp_path):
    more = "" if request.param == "post-url" else GET_URL

    def run(centre, url, sends):
        address = f"{url}/sms/kannel?key={quote(KEY, safe='')}{more}"
        return operators.kannel(tmp_path, centre, address, sends=sends, service=request.param)

    async with open_line(gateway, tmp_path, "kannel", run) as opened:
        yield opened


@pytest.fixture(params=["POST", "GET"])
async def by_jasmin(request, gateway, tmp_path):
    def run(centre, url, sends):
        address = f"{url}/sms/jasmin?key={quote(KEY, safe='')}"
        return operators.jasmin(tmp_path, centre, (address, request.param), sends=sends)

    async with open_line(gateway, tmp_path, "jasmin", run) as opened:
        yield opened


async def _answers(line):
    """What people write is read, in whatever way the phone wrote it, and answered from 1199."""
    (plain, plains), (accents, accented), (wide, wides), (long, longs), (data, _) = people(5)
    await line.centre.write(plain, f"DAFTAR {plains}#{NAME}#PERAWAT")
    await line.centre.write(accents, f"DAFTAR {accented}#{HARD}#PERAWAT")
    await line.centre.write(wide, f"DAFTAR {wides}#{NAME}#PERAWAT".encode("utf-16-be"), UCS_2)
    text = f"DAFTAR {longs}#{NAME}#PERAWAT".encode()
    await line.centre.write_parts(long, [text[:20], text[20:]])
    await line.centre.write(data, b"\x01\x02\xff\x00", BINARY)
    for phone, words in ((plain, NAME), (accents, HARD), (wide, NAME), (long, NAME), (data, "")):
        await seen(lambda phone=phone: line.centre.said_to(phone))
        ((sender, answer),) = line.centre.said_to(phone)
        assert sender == "1199"
        assert words in answer
        assert ("Perawat" in answer) is bool(words)


async def _messages(line):
    """Codes and reminders leave from 1199; what became of each comes back."""
    phone = people(1)[0][0]
    await line.queue(phone, CODE, REMINDER)
    await seen(lambda: line.states(phone) == ["delivered", "delivered"])
    (one, code), (other, reminder) = line.centre.said_to(phone)
    assert (one, other) == ("1199", "1199")
    assert "123456" in code
    assert PLACE in reminder  # whose letters take two octets in UTF-8, two septets, and the 0
    for last in (UNREACHABLE, REFUSED):
        phone = people(1)[0][0][:-2] + last
        await line.queue(phone, CODE)
        await seen(lambda phone=phone: line.states(phone) == ["dead"])


async def _invitations(line):
    """An invitation leaves from the short code, where `senders` says so, and `YA` answers it."""
    ((phone, nik),) = people(1)
    line.ask(LISTED, CAMPAIGN.id, nik, NAME, "perawat", "P1", phone)
    await asyncio.to_thread(line.process.command, "invite")
    await seen(lambda: line.states(phone) == ["delivered"])
    ((sender, text),) = line.centre.said_to(phone)
    assert sender == "1199"
    assert f"{NAME} (NIK ..{nik[-4:]})" in text
    await line.centre.write(phone, "YA")
    await seen(lambda: len(line.centre.said_to(phone)) > 1)
    assert line.ask("SELECT phone FROM records WHERE nik = ?", nik) == [(phone,)]
    assert {one for one, _ in line.centre.said_to(phone)} == {"1199"}


async def _wave(line, name):
    """Many at once: all are sent and reported; say how fast."""
    begun, before = time.monotonic(), len(line.centre.submitted)
    for n in range(MANY):
        await line.queue(f"+62812{n:05d}00", CODE)
    queued = time.monotonic()
    await seen(lambda: len(line.centre.submitted) - before == MANY, LONG_SECONDS)
    await seen(lambda: line.delivered("+62812%") == MANY, LONG_SECONDS)
    ended = time.monotonic()
    print(f"{name}: queued {queued - begun:.1f} s, all reported {ended - begun:.1f} s")


async def _all(line, name):
    await _answers(line)
    await _messages(line)
    await _invitations(line)
    await _wave(line, name)


async def test_kannel_carries_sms_both_ways(by_kannel):
    await _all(by_kannel, "kannel")


async def test_jasmin_carries_sms_both_ways(by_jasmin):
    await _all(by_jasmin, "jasmin")
