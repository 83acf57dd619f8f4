"""The case of a letter that brought a list of staff beside its files: API and console."""

import pytest

from core.database.statements import Statement
from core.operators.letter_rows import ROWS_SHOWN_MAX
from gateway.operators.console.visit import HOME
from tests.fixtures.console import make_console
from tests.fixtures.desk import make_client, make_routes
from tests.fixtures.lists import cells
from tests.fixtures.people import name, nik
from tests.integration.test_lists import PDF, House, mail, sheet
from tests.scripts import START

FAIL = Statement("UPDATE lists SET state = 'failed'")
FORGET = Statement("DELETE FROM outbox")
SEEN = Statement("SELECT number FROM audit WHERE number IS NOT NULL")


@pytest.fixture
def house(database):
    return House(database)


async def send(house, *rows):
    await house.deliver(mail(("daftar.csv", sheet(*rows)), ("surat.pdf", PDF)))


async def get_case(database):
    async with make_client(make_routes(database)[0]) as client:
        body = {"kind": "mixed_letter"}
        [case] = (await client.post("/api/v1/cases/search", json=body)).json()["items"]
        return (await client.get(f"/api/v1/cases/{case['id']}")).json()


async def test_the_case_of_a_letter_shows_what_became_of_each_row(house, database):
    await send(house, cells(1), [nik(2)[:15], *cells(2)[1:]])
    case = await get_case(database)
    assert case["list"]["status"] == "staged"
    assert case["list"]["counts"] == {"waiting": 2}
    await house.job.record_next(START)
    found = (await get_case(database))["list"]
    assert (found["status"], found["counts"]) == ("answered", {"wrong": 1, "registered": 1})
    wrong, good = found["rows"]
    assert (wrong["row"], wrong["full_name"], wrong["nik"]) == ("3", name(2), "")
    assert wrong["faults"] == ["list_fault_nik_length"]
    assert (good["row"], good["full_name"], good["nik"]) == ("2", name(1), "3204********0001")
    assert (good["number"],) in await database.read(lambda use: use.all(SEEN))
    async with make_console(database) as client:
        page = (await client.get(f"{HOME}/cases/{case['id']}")).text
    assert name(1) in page
    assert good["number"] in page
    assert "NIK bukan 16 angka" in page
    assert nik(1) not in page


async def test_once_the_answer_is_forgotten_the_results_are_left(house, database):
    await send(house, cells(1), [nik(2)[:15], *cells(2)[1:]])
    await house.job.record_next(START)
    await database.write(lambda use: use.run(FORGET))
    found = (await get_case(database))["list"]
    assert [(one["row"], one["result"]) for one in found["rows"]] == [
        ("1/3", "wrong"),
        ("1/2", "registered"),
    ]


async def test_a_list_left_to_an_official_shows_its_rows_as_they_were_written(house, database):
    await send(house, cells(1))
    await database.write(lambda use: use.run(FAIL))
    found = (await get_case(database))["list"]
    assert (found["status"], found["counts"]) == ("failed", {"failed": 1})
    assert found["rows"][0]["full_name"] == name(1)
    assert found["rows"][0]["nik"] == "3204********0001"


@pytest.mark.parametrize(("rows", "shown"), [(ROWS_SHOWN_MAX, ROWS_SHOWN_MAX), (101, 100)])
async def test_a_list_is_shown_to_a_bound(house, database, rows, shown):
    await send(house, *(cells(n) for n in range(1, rows + 1)))
    found = (await get_case(database))["list"]
    assert (len(found["rows"]), found["counts"]) == (shown, {"waiting": rows})


async def test_another_letters_list_is_not_shown(house, database):
    await house.deliver(mail(("surat.pdf", PDF)))
    await house.deliver(mail(("daftar.csv", sheet(cells(1))), n=2))
    assert (await get_case(database))["list"] is None
