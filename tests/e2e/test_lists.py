"""A clinic mails a list of its staff: each row is recorded, and one letter tells of each."""

import asyncio
import csv
import io
import re
import signal
import smtplib
from email import message_from_bytes, policy
from email.message import EmailMessage

import openpyxl
import pytest

from gateway.intake.list_job import LEASE_SECONDS
from tests.fixtures.lists import HEADS, cells
from tests.fixtures.people import name, nik
from tests.fixtures.process import eventually

SENDER, AUTHSERV = "tu@rs-sehat.example", "mx.pedulilindungi.id"
ANSWER_SECONDS = LEASE_SECONDS + 15  # a worker that was killed may hold the list for a lease
NUMBER = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in (["DAFTAR NAKES RS SEHAT"], [], HEADS, *rows):
        book.active.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def text(*rows):
    return "\n".join(";".join(row) for row in (HEADS, *rows)).encode()


def mail(running, *files, message_id="<1@rs>", body="Terlampir daftar nakes kami.\n", vouched=""):
    """Mail the files; `vouched` is the mail server in front that authenticated the sender."""
    message = EmailMessage()
    if vouched:
        passed = f"{vouched}; spf=pass; dkim=pass; dmarc=pass header.from=rs-sehat.example"
        message["Authentication-Results"] = passed
    message["From"], message["To"] = SENDER, "vaksin@pedulilindungi.id"
    message["Subject"], message["Message-ID"] = "Daftar nakes", message_id
    message.set_content(body)
    for file, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=file)
    with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=60) as session:
        session.send_message(message)


def answers(running, many=1, seconds=15):
    def look():
        items = running.api("outbox/search", {"address": SENDER}).json()["items"]
        return items if len(items) >= many else None

    return eventually(look, seconds)


@pytest.fixture
def running(gateway):
    return gateway().start()


def told(answer):
    """Return the lines of the answer that give somebody's number."""
    return [line for line in answer["text"].splitlines() if NUMBER.search(line)]


def test_a_list_of_40_is_recorded_and_answered_by_row(gateway):
    """The mail server in front says whose letter it is: each of the 40 is recorded."""
    running = gateway(MAIL_AUTHSERV=AUTHSERV).start()
    sheet = workbook(*(cells(n) for n in range(1, 41)))
    mail(running, ("daftar.xlsx", sheet), vouched=AUTHSERV)
    mail(running, ("daftar.xlsx", sheet), vouched=AUTHSERV)  # delivered again
    [answer] = answers(running)
    lines = told(answer)
    assert [int(line.split(" | ")[0]) for line in lines] == list(range(4, 44))
    assert len({NUMBER.search(line)[0] for line in lines}) == 40
    for n, line in enumerate(lines, 1):
        [record] = running.search(nik=nik(n))
        assert record["standing"] == "held"
        assert record["number"] in line
        assert name(n) in line
    assert "20 baris" not in answer["text"]
    assert nik(1) not in answer["text"]
    assert len(answers(running)) == 1


def test_of_the_list_of_a_stranger_20_are_recorded_and_that_is_said(running):
    """Anybody may have written it, and the word of a server that is not ours counts nothing."""
    mail(running, ("daftar.xlsx", workbook(*(cells(n) for n in range(1, 26)))), vouched=AUTHSERV)
    [answer] = answers(running)
    assert "20 baris pertama" in answer["text"]
    lines = told(answer)
    assert [int(line.split(" | ")[0]) for line in lines] == list(range(4, 24))
    assert all("3204********0001" in line for line in lines)
    found = [len(running.search(nik=nik(n))) for n in range(1, 26)]
    assert found == [1] * 20 + [0] * 5


@pytest.mark.timeout(2 * ANSWER_SECONDS)
def test_a_list_survives_the_death_of_the_process(gateway):
    """What was told 250 is answered once, also if all is killed at once after that."""
    running = gateway().start()
    mail(running, ("daftar.csv", text(*(cells(n) for n in range(1, 16)))))
    running.stop(signal.SIGKILL)
    again = gateway(running.data_dir).start()
    mail(again, ("daftar.csv", text(*(cells(n) for n in range(1, 16)))))  # delivered again
    [answer] = answers(again, seconds=ANSWER_SECONDS)
    assert len(NUMBER.findall(answer["text"])) == 15
    mail(again, ("daftar.csv", text(cells(16))), message_id="<2@rs>")
    assert len(answers(again, many=2)) == 2


async def test_the_answer_leaves_with_a_file_of_each_row(gateway, mail_server):
    relay = f"smtp://127.0.0.1:{mail_server.port}"
    running = await asyncio.to_thread(gateway(SMTP_RELAY_URL=relay).start)
    await asyncio.to_thread(mail, running, ("daftar.csv", text(cells(1), ["1", *cells(2)[1:]])))
    assert await asyncio.to_thread(eventually, lambda: mail_server.letters)
    letter = message_from_bytes(mail_server.letters[0][2], policy=policy.default)
    assert letter["In-Reply-To"] == "<1@rs>"
    [file] = letter.iter_attachments()
    rows = list(csv.reader(io.StringIO(file.get_content().lstrip("\ufeff")), delimiter=";"))
    assert [row[0] for row in rows] == ["Baris", "2", "3"]
    assert NUMBER.fullmatch(rows[1][4])
    assert rows[2][5] == "NIK bukan 16 angka"
