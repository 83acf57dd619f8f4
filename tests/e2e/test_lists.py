"""A clinic mails a list of its staff: each row is recorded, and one letter tells of each."""

import io
import re
import smtplib
from email.message import EmailMessage

import openpyxl
import pytest

from tests.fixtures.lists import HEADS, cells
from tests.fixtures.people import nik
from tests.fixtures.process import eventually

SENDER = "tu@rs-sehat.example"
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


def mail(running, *files, message_id="<1@rs>", body="Terlampir daftar nakes kami.\n"):
    message = EmailMessage()
    message["From"], message["To"] = SENDER, "vaksin@pedulilindungi.id"
    message["Subject"], message["Message-ID"] = "Daftar nakes", message_id
    message.set_content(body)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    with smtplib.SMTP("127.0.0.1", running.smtp_port, timeout=60) as session:
        session.send_message(message)


def answers(running, many=1):
    def look():
        items = running.api("outbox/search", {"address": SENDER}).json()["items"]
        return items if len(items) >= many else None

    return eventually(look)


@pytest.fixture
def running(gateway):
    return gateway().start()


def test_a_list_of_40_is_recorded_and_answered_by_row(running):
    """Anybody may have written it: so many rows as an unvouched letter may bring, no more."""
    rows = [cells(n) for n in range(1, 41)]
    mail(running, ("daftar.xlsx", workbook(*rows)))
    mail(running, ("daftar.xlsx", workbook(*rows)))  # delivered again
    [answer] = answers(running)
    assert "20" in answer["text"]
    lines = [line for line in answer["text"].splitlines() if NUMBER.search(line)]
    assert len(lines) == 20
    assert all("3204********0001" in line for line in lines)
    assert [int(line.split(" | ")[0]) for line in lines] == list(range(4, 24))
    assert nik(1) not in answer["text"]
    assert len(running.search(nik=nik(20))) == 1
    assert running.search(nik=nik(21)) == []
    assert len(answers(running)) == 1
