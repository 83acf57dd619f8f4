"""Lists of staff from the web, from bytes to the answer that the page shows: both databases."""

import io
from datetime import timedelta

import openpyxl
import pytest
from msgspec.structs import replace

from core.database.statements import Statement
from core.fields.phone import parse_phone
from core.messages import LIST, Address, AddressKind, Channel, ListedPerson
from core.registration.requests import AnswerNotice
from core.registration.terms import Terms
from core.registration.web_lists import ROWS_OF_NETWORK_MAX, TooManyRowsError
from core.turns.perform import EffectRunner
from gateway.imports.headings import Headings
from gateway.imports.tables import UNREADABLE, TableReader
from gateway.intake.list_job import ListJob
from gateway.intake.web_lists import NOBODY, PDF, PICTURE, WebLists
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from tests.fixtures.lists import HEADS, READER, cells, person
from tests.scripts import CAMPAIGN, NIK, START, TYPED, inbound

BROWSER = Address(AddressKind.WEB, "browser")
RECORDS = Statement("SELECT standing, phone FROM records ORDER BY id")
NOTICES = Statement("SELECT value FROM outbox WHERE channel = 'sms' ORDER BY id")
KEPT = Statement("SELECT persons FROM lists")


def given(n=1):
    return inbound(channel=Channel.WEB, provider=LIST, address=BROWSER, confirms=True, n=n)


class House:
    def __init__(self, database):
        self.database = database
        draws = iter(range(1, 10_000))
        terms = Terms(CAMPAIGN.limits, CAMPAIGN.doses)
        self.job = ListJob(
            database=database,
            effects=EffectRunner(database=database, terms=terms, draw_below=lambda _: next(draws)),
            reader=READER,
            metrics=Metrics(),
            clock=lambda: START,
            on_answer=lambda: None,
        )
        self.lists = WebLists(
            database=database,
            deadline=Deadline(20),
            reader=READER,
            headings=Headings(TYPED),
            tables=TableReader(),
            on_list=self.job.nudge,
        )

    async def answer(self, one, *, mine):
        phone = parse_phone(one.answers["phone"], country="ID")
        here = Address(AddressKind.PHONE, phone)
        at = int(START.timestamp())
        said = AnswerNotice(here, Channel.SMS, CAMPAIGN.id, mine, f"answer of {phone}", at)
        assert await self.job.effects.run(said) is not None

    async def results(self):
        _, answer = await self.lists.find(given())
        rows = [one.args for one in answer.prompts if one.key == "list_row"]
        return [row["result"].removeprefix("@list_result_") for row in rows]

    async def all(self, statement):
        return await self.database.read(lambda connection: connection.all(statement))


@pytest.fixture
def house(database):
    return House(database)


def text(*rows):
    return "\n".join("\t".join(row) for row in rows).encode()


def workbook(*rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(list(row))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        text(HEADS, cells(1), cells(2)),
        text(cells(1), cells(2)),
        text(HEADS, cells(1), cells(2)).replace(b"\t", b";"),
        workbook(HEADS, cells(1), cells(2)),
        workbook(cells(1), cells(2)),
    ],
    ids=["pasted", "without headings", "CSV", "workbook", "workbook without headings"],
)
async def test_a_file_or_text_names_its_persons(house, data):
    found = await house.lists.read(data)
    assert [one.answers for one in found.persons] == [person(1).answers, person(2).answers]
    assert (found.fault, found.more) == ("", False)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", NOBODY),
        (b"Selamat pagi, terlampir daftar nakes kami.", NOBODY),
        (b"%PDF-1.7\nNIK;Nama\n", PDF),
        (b"%PDF-1.7\n\0\xff", PDF),
        (b"\x89PNG\r\n\x1a\n\0\0", PICTURE),
        (b"\xff\xd8\xff\xe0\0", PICTURE),
        (b"\0\0\0", UNREADABLE),
        (b"PK\x03\x04 and no workbook", UNREADABLE),
        (text(HEADS), NOBODY),
    ],
    ids=[
        "nothing",
        "a sentence",
        "a PDF that is text",
        "a PDF",
        "a PNG",
        "a JPEG",
        "no text",
        "a spoilt workbook",
        "headings alone",
    ],
)
async def test_what_names_nobody_is_told_why(house, data, fault):
    found = await house.lists.read(data)
    assert (found.persons, found.fault) == ((), fault)


async def test_rows_beyond_a_day_s_are_not_read(house):
    rows = [cells(n) for n in range(1, ROWS_OF_NETWORK_MAX + 2)]
    found = await house.lists.read(text(*rows))
    assert (len(found.persons), found.more) == (ROWS_OF_NETWORK_MAX, True)
    found = await house.lists.read(text(*rows[:-1]))
    assert (len(found.persons), found.more) == (ROWS_OF_NETWORK_MAX, False)


async def test_each_row_is_checked_and_nothing_is_kept(house):
    rows = [person(1, nik=NIK), person(2, nik="12"), person(3, nik=NIK, full_name="Budi Hartono")]
    first, second, third = await house.lists.check(given(), rows)
    assert first.faults == third.faults == ("list_fault_nik_of_another",)
    assert second.faults == ("list_fault_nik_length",)
    assert await house.all(KEPT) == []


async def test_each_person_of_a_list_is_claimed_and_asked_by_sms(house):
    await house.lists.stage(given(), [person(1), person(2)], "net")
    assert await house.job.record_next(START)
    assert [standing for standing, _ in await house.all(RECORDS)] == ["claimed"] * 2
    assert await house.all(NOTICES) == [(phone,) for _, phone in await house.all(RECORDS)]
    state, answer = await house.lists.find(given())
    assert state == "answered"
    rows = [one.args for one in answer.prompts if one.key == "list_row"]
    assert [row["result"] for row in rows] == ["@list_result_asked"] * 2
    assert await house.all(KEPT) == [("[]",)]


@pytest.mark.parametrize("on_file", [False, True], ids=["new", "on file under another name"])
async def test_who_has_answered_yes_is_shown_and_who_denies_it_is_not(house, on_file):
    if on_file:
        others = [person(n, full_name="Budi Hartono", phone=f"0813{n:08d}") for n in (1, 2, 3)]
        await house.lists.stage(given(9), others, "net")
        await house.job.record_next(START)
        for one in others:
            await house.answer(one, mine=True)
    await house.lists.stage(given(), [person(1), person(2), person(3)], "net")
    await house.job.record_next(START)
    assert await house.results() == ["asked"] * 3
    await house.answer(person(1), mine=True)
    await house.answer(person(2), mine=False)
    assert await house.results() == ["confirmed", "asked", "asked"]


async def test_a_list_is_found_by_the_browser_that_sent_it_alone(house):
    await house.lists.stage(given(), [person(1)], "net")
    other = replace(given(), address=Address(AddressKind.WEB, "other"))
    assert await house.lists.find(other) is None
    assert await house.lists.find(given(2)) is None


async def test_what_does_not_fit_today_records_nobody(house):
    rows = [ListedPerson(n, {}) for n in range(ROWS_OF_NETWORK_MAX + 1)]
    with pytest.raises(TooManyRowsError):
        await house.lists.stage(given(), rows, "net")
    assert not await house.job.record_next(START + timedelta(days=1))


async def test_the_same_list_sent_twice_asks_each_person_once(house):
    for _ in range(2):
        await house.lists.stage(given(), [person(1)], "net")
        await house.job.record_next(START)
    assert len(await house.all(NOTICES)) == 1


async def test_a_list_that_is_mended_and_sent_again_asks_only_whom_it_did_not(house):
    await house.lists.stage(given(), [person(1), person(2)], "net")
    await house.job.record_next(START)
    await house.lists.stage(given(2), [person(2), person(3)], "net")
    await house.job.record_next(START)
    assert len(await house.all(NOTICES)) == len(await house.all(RECORDS)) == 3
