"""A page of the queue says what each case says by itself, in a few statements."""

from dataclasses import replace

import pytest

from core.cases.queue import Search, search
from core.cases.reading import read_evidence, read_page
from core.database.statements import KEYS, KEYS_MAX, Statement
from core.messages import Address, AddressKind
from tests.contract.test_record_stores import NIK
from tests.fixtures.case_desk import HIS, HIS_NAME, LATER, MAIL, SLIP, CaseDesk
from tests.fixtures.counted import counted

STATEMENTS_MAX = 7  # intents; records and addresses, of ids and of NIKs; what made them; roster
PEOPLE = 20
_NUMBERS = Statement(f"SELECT number FROM records WHERE id IN ({KEYS}) ORDER BY id")  # noqa: S608


@pytest.fixture
def desk(database):
    return CaseDesk(database)


async def look(desk):
    """Return the cases that wait, the evidence of the page and of each, and the statements."""

    def read(use):
        counting = counted(use)
        cases = search(use, Search(), now=LATER, limit=PEOPLE)
        page = read_page(counting, cases, name_match_min=88)
        return cases, page, [read_evidence(use, one, name_match_min=88) for one in cases], counting

    return await desk.database.read(read)


def nik(n):
    return f"3204{n + 10:02d}570696{n + 1:04d}"


def phone(n):
    return Address(AddressKind.PHONE, f"+6281299900{n:03d}")


async def test_twenty_cases_take_a_few_statements(desk):
    for n in range(PEOPLE):
        await desk.register(phone(n), nik=nik(n))
        await desk.register(phone(PEOPLE + n), HIS_NAME, nik=nik(n))
    cases, page, _, counting = await look(desk)
    assert len(cases) == PEOPLE
    assert {one.incoming.full_name for one in page} == {HIS_NAME}
    assert [one.on_file.nik for one in page] == [one.nik for one in cases]
    assert counting.count <= STATEMENTS_MAX


async def test_a_page_says_what_each_case_says(desk):
    await desk.list()
    await desk.register(MAIL)
    await desk.register(HIS, HIS_NAME)
    await desk.register(nik=SLIP)
    await desk.register(HIS, "Budi Santoso", nik=nik(1))
    await desk.list("Wati", nik(1))
    await desk.run("UPDATE records SET status = 'in_review' WHERE nik = :nik", nik=nik(1))
    cases, page, each, _ = await look(desk)
    assert {one.kind for one in cases} >= {"name_conflict", "twin_nik", "roster_name"}
    assert page == [replace(one, spare="") for one in each]
    assert any(one.roster for one in page)


@pytest.mark.parametrize("count", [0, 1, KEYS_MAX, KEYS_MAX + 1])
async def test_keys_beyond_those_of_one_statement_are_asked_for_by_another(desk, count):
    await desk.register(nik=NIK)
    [(first, number)] = await desk.all("SELECT id, number FROM records")
    keys = [*range(first + 1, first + count), first] if count else []

    def ask(use):
        counting = counted(use)
        return counting.all_among(_NUMBERS, keys), counting.count

    rows, statements = await desk.database.read(ask)
    assert [tuple(row) for row in rows] == ([(number,)] if count else [])
    assert statements == -(-count // KEYS_MAX)
