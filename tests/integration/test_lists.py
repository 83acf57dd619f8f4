"""Letters with files, from their bytes to the answer that leaves, on both databases."""

import csv
import io
import random
import resource
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import partial

import openpyxl
import pytest
from msgspec.structs import replace

from channels.email.letter import OwnMailbox, Titles, compose_letter
from channels.email.list_file import list_file
from core.conversation.engine import Conversation
from core.database.statements import Statement
from core.messages import Channel, Prompt, Reply
from core.operators import evidence as shown
from core.outbox.answers import UNALIGNED
from core.outbox.store import SqlOutbox
from core.registration import evidence
from core.registration.evidence import (
    FILES_A_DAY_MAX,
    FILES_UNVOUCHED_A_DAY_MAX,
    FILES_UNVOUCHED_OF_ALL_MAX,
    erase_older,
)
from core.registration.lists import ROWS_MAX
from core.registration.terms import Terms
from core.turns.memory_sessions import MemorySessions
from core.turns.perform import EffectRunner
from core.turns.pipeline import Pipeline
from gateway.imports import attached
from gateway.imports.attached import AttachedLists
from gateway.imports.headings import Headings
from gateway.imports.tables import Table, TableReader
from gateway.intake.intake import TURN_SECONDS, Intake
from gateway.intake.letters import LetterIntake
from gateway.intake.list_job import ListJob
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from tests.fixtures.hostile import in_time
from tests.fixtures.lists import HEADS, READER, cells
from tests.fixtures.people import name, nik
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES, START, TYPED, WORDING, parse_letter

SENDER, MAILBOX = "tu@rs-sehat.example", "vaksin@pedulilindungi.id"
PDF, PNG = b"%PDF-1.7 x", b"\x89PNG\r\n\x1a\n x"
COUNT = {
    table: Statement(f"SELECT count(*) FROM {table}")  # noqa: S608 ours
    for table in ("records", "intents", "lists", "evidence", "outbox")
}
REPLIES = Statement("SELECT reply FROM outbox")
COUNT["answers"] = Statement("SELECT count(*) FROM outbox WHERE channel = 'email'")
EVIDENCE = Statement("SELECT part, media_type, bytes, data FROM evidence ORDER BY part")
SECONDS_MAX = 30  # for 500 rows, from the letter to its answer


class House:
    def __init__(self, database):
        self.database = database
        self.outbox = SqlOutbox(database)
        terms = Terms(CAMPAIGN.limits, CAMPAIGN.doses)
        effects = EffectRunner(
            database=database, terms=terms, draw_below=random.Random(1).randrange
        )
        sessions = MemorySessions()
        conversation = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)
        self.metrics, self.nudges = Metrics(), []
        intake = Intake(
            pipeline=Pipeline(sessions, effects, conversation),
            sessions=sessions,
            database=database,
            outbox=self.outbox,
            metrics=self.metrics,
            deadline=Deadline(TURN_SECONDS),
            nudge=lambda: self.nudges.append(1),
        )
        self.job = ListJob(
            database=database,
            effects=effects,
            reader=READER,
            metrics=self.metrics,
            clock=lambda: START,
            on_answer=lambda: None,
        )
        self.letters = LetterIntake(
            intake=intake,
            reader=READER,
            keywords=KEYWORDS,
            lists=AttachedLists(Headings(TYPED), TableReader()),
            on_list=self.job.nudge,
        )

    async def deliver(self, raw, *, authentic=True, **more):
        letter = parse_letter(raw, received_at=START, envelope_from=SENDER, mailboxes=(MAILBOX,))
        await self.letters.deliver(replace(letter, authentic=authentic, **more))

    async def count(self, table):
        [(found,)] = await self.database.read(lambda use: use.all(COUNT[table]))
        return found

    async def answer(self):
        """Return the one queued answer."""
        claimed = await self.outbox.claim(now=START, lease_seconds=1, limit=2 * ROWS_MAX)
        [answer] = [one.message for one in claimed if one.message.channel is Channel.EMAIL]
        return answer

    async def said(self):
        return [prompt.key for prompt in (await self.answer()).reply.prompts]


@pytest.fixture
def house(database):
    return House(database)


def workbook(*rows, head=HEADS):
    book = openpyxl.Workbook()
    for row in (head, *rows):
        book.active.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def sheet(*rows):
    return "\n".join(";".join(row) for row in (HEADS, *rows)).encode()


def mail(*files, body="Terlampir.\n\nSalam\n", n=1):
    message = EmailMessage()
    message["From"], message["To"] = SENDER, MAILBOX
    message["Subject"], message["Message-ID"] = "Daftar", f"<{n}@rs>"
    message.set_content(body)
    for name_, data in files:
        message.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=name_
        )
    return message.as_bytes()


def words(key):
    return WORDING.text(Reply((Prompt(key),), "id"), "long")


def sent(message):
    """Return the letter that leaves, as a mailer reads it."""
    text = WORDING.text(message.reply, "long")
    files = list_file(message.reply, words)
    raw = compose_letter(
        message, text, sender=OwnMailbox(MAILBOX), titles=Titles("x"), files=files
    )
    return message_from_bytes(raw, policy=policy.default)


async def test_500_rows_are_recorded_and_answered_by_row_in_time_and_flat_memory(house):
    raw = mail(("daftar.xlsx", workbook(*(cells(n) for n in range(1, ROWS_MAX + 1)))))
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    await house.deliver(raw)
    assert await house.job.record_next(START)
    seconds = time.monotonic() - began
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    letter = sent(await house.answer())
    assert await house.count("records") == ROWS_MAX
    [file] = letter.iter_attachments()
    rows = list(csv.reader(io.StringIO(file.get_content().lstrip("\ufeff")), delimiter=";"))
    assert len(rows) == ROWS_MAX + 1
    assert rows[0] == ["Baris", "Nama", "NIK", "Hasil", "Nomor", "Yang salah"]
    assert [row[1] for row in rows[1:]] == [name(n) for n in range(1, ROWS_MAX + 1)]
    assert {row[3] for row in rows[1:]} == {"terdaftar"}
    print(f"500 rows: {seconds:.1f} s, {grown} KiB")
    assert in_time(seconds, SECONDS_MAX)
    assert grown < 64 * 1024


async def test_a_list_is_answered_row_by_row_with_what_is_wrong(house):
    rows = [cells(1), [nik(2)[:15], *cells(2)[1:]], [*cells(3)[:2], "perawat/bidan", ""]]
    await house.deliver(mail(("daftar.csv", sheet(*rows))))
    assert await house.count("records") == 0  # not before the 250
    await house.job.record_next(START)
    message = await house.answer()
    text = WORDING.text(message.reply, "long")
    assert f"3 | {name(2)} | - | NIK bukan 16 angka" in text
    assert f"4 | {name(3)} | 3204********0001 | profesi tidak jelas, No HP kosong" in text
    assert f"2 | {name(1)} | 3204********0001 | terdaftar | " in text
    assert message.headers["in_reply_to"] == "<1@rs>"
    letter = sent(message)
    assert letter["To"] == SENDER
    [file] = letter.iter_attachments()
    assert file.get_content_type() == "text/csv"


async def test_the_wrong_rows_alone_mend_a_list(house):
    wrong = [nik(2)[:15], *cells(2)[1:]]
    await house.deliver(mail(("daftar.csv", sheet(cells(1), wrong))))
    await house.job.record_next(START)
    await house.deliver(mail(("daftar.csv", sheet(cells(2))), n=2))
    await house.job.record_next(START)
    assert await house.count("records") == 2
    assert await house.count("answers") == 2


async def test_a_person_in_the_text_and_a_list_are_both_recorded(house):
    written = dict(zip(HEADS, cells(9), strict=True))
    body = "\n".join(f"{label}: {value}" for label, value in written.items())
    await house.deliver(mail(("daftar.csv", sheet(cells(1))), body=f"{body}\n"))
    await house.job.record_next(START)
    assert await house.count("records") == 2
    rows = [one.args["row"] for one in (await house.answer()).reply.prompts if "row" in one.args]
    assert rows == ["0/1", "1/2"]


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("daftar.ods", b"PK\x03\x04", "list_file_kind"),
        ("daftar.xls", b"\xd0\xcf\x11\xe0", "list_file_kind"),
        ("daftar.xlsx", b"PK\x03\x04 and no more", "list_file_unreadable"),
        ("daftar.xlsx", workbook(head=("a", "b")), "list_file_no_head"),
        ("daftar.csv", b"x" * (attached.TABLE_BYTES_MAX + 1), "list_file_too_large"),
    ],
)
async def test_a_list_that_is_not_read_is_told_why(house, file, data, said):
    await house.deliver(mail((file, data)))
    await house.job.record_next(START)
    heard = await house.said()
    assert heard[:3] == ["letter_greeting", "list_nobody", said]


async def test_the_headings_that_were_read_and_what_they_lack_are_told(house):
    data = workbook(head=("No", "Nama", "Nomor Kartu"))
    await house.deliver(mail(("daftar.xlsx", data)))
    await house.job.record_next(START)
    text = sent(await house.answer()).get_body(("plain",)).get_content()
    assert "No, Nama, Nomor Kartu" in text
    assert "lebih dari satu: NIK" in text


async def test_beyond_the_lists_of_a_day_no_table_is_unpacked(house, monkeypatch):
    monkeypatch.setattr("core.registration.lists.LISTS_A_DAY_MAX", 1)
    first = mail(("daftar.csv", sheet(cells(1))))
    await house.deliver(first)
    unpacked = []

    async def note(self, data, **how):
        unpacked.append(data)
        return Table()

    monkeypatch.setattr(TableReader, "read", note)
    await house.deliver(first)  # delivered again: read again, staged once
    await house.deliver(mail(("daftar.csv", sheet(cells(2))), n=2))
    assert len(unpacked) == 1
    assert await house.count("lists") == 2
    for _ in range(2):
        await house.job.record_next(START)
    assert "list_too_often" in str(await house.database.read(lambda use: use.all(REPLIES)))
    assert await house.count("records") == 1


async def test_a_table_is_read_up_to_its_bound(house, monkeypatch):
    data = sheet(cells(1))
    monkeypatch.setattr(attached, "TABLE_BYTES_MAX", len(data))
    await house.deliver(mail(("daftar.csv", data)))
    await house.job.record_next(START)
    assert await house.count("records") == 1


async def test_evidence_is_kept_and_an_official_will_read_it(house):
    raw = mail(("surat.pdf", PDF), ("ktp.png", PNG))
    await house.deliver(raw)
    await house.deliver(raw)  # delivered again
    kept = await house.database.read(lambda use: use.all(EVIDENCE))
    assert [(*row[:3], bytes(row[3])) for row in kept] == [
        (1, "application/pdf", len(PDF), PDF),
        (2, "image/png", len(PNG), PNG),
    ]
    assert await house.said() == ["letter_greeting", "letter_evidence", "letter_signature"]


async def test_what_is_withheld_of_that_is_counted(house):
    await house.deliver(mail(("surat.pdf", PDF)), authentic=False, aligned=False)
    labels = {"reason": UNALIGNED}
    seen = house.metrics.registry.get_sample_value("satupintu_answers_withheld_total", labels)
    assert (seen, house.nudges) == (1, [])


async def test_evidence_beside_a_registration_is_told_in_its_answer(house):
    written = dict(zip(HEADS, cells(1), strict=True))
    body = "\n".join(f"{label}: {value}" for label, value in written.items())
    await house.deliver(mail(("ktp.png", PNG), body=f"{body}\n"))
    assert await house.count("records") == 1
    assert await house.count("evidence") == 1
    heard = await house.said()
    assert heard[1] == "registered"
    assert "letter_unread_evidence" in heard


async def test_a_command_beside_a_file_is_obeyed(house):
    await house.deliver(mail(("ktp.png", PNG), body="STOP\n"))
    assert "opted_out" in await house.said()


async def test_stop_wins_over_a_table_and_says_that_it_was_not_read(house):
    await house.deliver(mail(("nakes.csv", sheet(cells(1))), body="STOP\n"))
    assert await house.count("lists") == 0
    assert (await house.said())[1:3] == ["opted_out", "letter_unread_beside"]


async def test_status_beside_a_table_is_told_along_with_it(house):
    await house.deliver(mail(("nakes.csv", sheet(cells(1))), body="STATUS\n"))
    await house.job.record_next(START)
    assert {"list_row", "letter_status"} <= set(await house.said())


async def test_who_asks_for_a_status_is_told_how_to_see_one(house):
    await house.deliver(mail(body="Selamat siang,\n\nMohon info status pendaftaran kami\n"))
    said = await house.said()
    assert "letter_status" in said
    assert "letter_incomplete" not in said


async def test_thanks_beside_a_file_in_an_answer_of_ours_hide_nothing(house):
    raw = mail(("ktp.png", PNG), body="Baik, terima kasih\n")
    await house.deliver(b"In-Reply-To: <1.abc@pedulilindungi.id>\r\n" + raw)
    assert await house.said() == ["letter_greeting", "letter_evidence", "letter_signature"]


@pytest.mark.parametrize(
    ("authentic", "most"), [(True, FILES_A_DAY_MAX), (False, FILES_UNVOUCHED_A_DAY_MAX)]
)
async def test_so_many_files_of_a_mailbox_are_kept_in_a_day(house, authentic, most):
    for n in range(most // 5):
        files = [(f"{place}.pdf", PDF) for place in range(5)]
        await house.deliver(mail(*files, n=n), authentic=authentic)
    assert await house.count("evidence") == most
    await house.deliver(mail(("x.pdf", PDF), n=999), authentic=authentic)
    assert await house.count("evidence") == most


async def test_so_many_files_of_all_strangers_are_kept_in_a_day(house, monkeypatch):
    monkeypatch.setattr("core.registration.evidence.FILES_UNVOUCHED_OF_ALL_MAX", 1)
    assert FILES_UNVOUCHED_OF_ALL_MAX > FILES_UNVOUCHED_A_DAY_MAX
    await house.deliver(mail(("x.pdf", PDF), ("y.pdf", PDF)), authentic=False)
    assert await house.count("evidence") == 1
    assert "letter_unread_attachment" in await house.said()


@pytest.mark.parametrize("bound", ["FILES_OF_ALL_MAX", "FILES_OF_DOMAIN_MAX"])
async def test_authentic_mailboxes_share_bounds_too(house, monkeypatch, bound):
    monkeypatch.setattr(f"core.registration.evidence.{bound}", 1)
    await house.deliver(mail(("x.pdf", PDF)))
    await house.deliver(mail(("x.pdf", PDF), n=2))
    assert await house.count("evidence") == 1


@pytest.mark.parametrize(
    ("bound", "most"), [("FILES_KEPT_MAX", 2), ("BYTES_KEPT_MAX", 2 * len(PDF) + 1)]
)
async def test_all_that_is_kept_has_a_bound_of_which_strangers_fill_half(
    house, monkeypatch, bound, most
):
    monkeypatch.setattr(f"core.registration.evidence.{bound}", most)
    strangers = {"authentic": False, "aligned": True}
    for n, how in enumerate((strangers, strangers, {}, {})):
        await house.deliver(mail(("x.pdf", PDF), n=n), **how)
        assert await house.count("evidence") == (1, 1, 2, 2)[n]


SHOWN = {"limit": 1, "mailbox": "a@b.id", "before": "2021"}


@pytest.mark.parametrize(
    "statement",
    [shown._LIST, shown._OF_MAILBOX, evidence._COUNT, evidence._TOTAL, evidence._ERASE_OLDER],
)
async def test_on_sqlite_no_file_is_read_but_the_one_that_is_shown(house, statement):
    def plan(use):
        explain = Statement(f"EXPLAIN QUERY PLAN {statement.sql}")
        return use.all(explain, **SHOWN) if use.dialect == "sqlite" else "COVERING INDEX"

    assert "COVERING INDEX" in str(await house.database.read(plan))


async def test_a_file_of_evidence_has_a_bound(house, monkeypatch):
    monkeypatch.setattr(attached, "EVIDENCE_BYTES_MAX", len(PDF))
    await house.deliver(mail(("x.pdf", PDF), ("y.pdf", PDF + b"x")))
    assert await house.count("evidence") == 1
    assert await house.said() == [
        *("letter_greeting", "letter_evidence"),
        *("letter_unread_attachment", "letter_signature"),
    ]


async def test_old_evidence_is_erased(house):
    await house.deliver(mail(("x.pdf", PDF)))
    assert await house.database.write(partial(erase_older, before=START, limit=9)) == 0
    later = START.replace(year=2022)
    assert await house.database.write(partial(erase_older, before=later, limit=9)) == 1


async def test_no_cell_of_the_answer_is_a_formula(house):
    evil = [[nik(1), "=HYPERLINK(1)", "Perawat", "@x"], [nik(2), "+X", "-1", "\t=1"]]
    await house.deliver(mail(("daftar.csv", sheet(*evil))))
    await house.job.record_next(START)
    [file] = sent(await house.answer()).iter_attachments()
    table = csv.reader(io.StringIO(file.get_content().lstrip("\ufeff")), delimiter=";")
    assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@"))]
