"""A person is found by name and regency among very many, and only the index is searched."""

import pytest

from core.database.database import open_database
from core.database.statements import Statement
from core.operators.finding import _BY_REGENCY, HITS_MAX, READ_MAX, Sought, find_by_name
from core.registration.marking import marks_of
from tests.contract.test_record_stores import NOW

_RECORD = Statement("""
    INSERT INTO records (
        id, campaign, nik, number, full_name, birth_date, sex, profession, language, status,
        attributes, version, created_at, updated_at, nik_tail, nik_jumble, standing,
        regency, name_marks
    )
    VALUES (
        :id, 'test', :nik, :number, :name, '1996-06-17', 'female', 'perawat', 'id', 'verified',
        '{}', 1, :at, :at, '', '', 'held', :regency, :name_marks
    )
""")
SHE, HER_WORD = "MUHAMMAD ZAKIA", "Zakia"


def row(n, name):
    """Return a record; a later one has a later NIK of the same regency."""
    nik = f"3204{n // 9_000 + 10:02d}570696{n % 9_000 + 1:04d}"
    said = {"id": n + 1, "nik": nik, "number": f"SP-{n:06d}", "name": name}
    return said | {"at": NOW.isoformat(), **marks_of(nik, name)}


def add(use, rows):
    use.run_many(_RECORD, rows)


@pytest.fixture
async def found(database):
    """Return a function that searches beside more people of one first name than are compared."""
    rows = [row(n, f"Muhammad {chr(65 + n % 26)}di") for n in range(READ_MAX)]
    rows.append(row(READ_MAX, SHE))
    await database.write(lambda use: add(use, rows))

    async def search(name, regency="3204"):
        wanted = Sought(name, regency=regency)
        return await database.read(lambda use: find_by_name(use, "test", wanted))

    return search


async def test_a_common_first_name_hides_nobody(found):
    assert (await found("muhammad zakia"))[0] == f"SP-{READ_MAX:06d}"


async def test_a_word_that_differs_leaves_the_others(found):
    assert len(await found("Muhammad Xylo")) == HITS_MAX
    assert await found("Zakia Moehammad_%") == []  # the longest word is in no name
    assert len(await found(HER_WORD)) == 1


async def test_another_regency_has_others(found):
    assert await found(SHE, regency="3273") == []


async def test_names_of_a_regency_are_read_from_an_index_that_covers_them(sqlite_emptied):
    plan = Statement(f"EXPLAIN QUERY PLAN {_BY_REGENCY.sql}")
    values = {"campaign": "test", "regency": "3204", "limit": 1}
    values |= dict.fromkeys(("mark_0", "mark_1", "mark_2"), "a")
    database = open_database(sqlite_emptied)
    steps = await database.read(lambda use: [row[-1] for row in use.all(plan, **values)])
    await database.close()
    assert any("COVERING INDEX ix_records_regency_name_marks" in step for step in steps)
