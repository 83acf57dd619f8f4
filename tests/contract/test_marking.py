"""What the release before has written is found, too, once a gateway of this one has started."""

from core.database.database import open_database
from core.database.statements import Statement
from core.operators.finding import Sought, find_by_name
from core.registration.marking import mark, mark_all
from tests.contract.test_finding import SHE, add, row

FORGET = Statement("UPDATE records SET regency = '', name_marks = ''")
IN_ORDER = Statement("SELECT regency, name_marks FROM records ORDER BY id")
WANTED = Sought(SHE, regency="3204")
PEOPLE = 5


async def test_a_batch_marks_as_many_as_it_may(database):
    await database.write(lambda use: add(use, [row(n, SHE) for n in range(PEOPLE)]))
    marked = await database.read(lambda use: use.all(IN_ORDER))
    await database.write(lambda use: use.run(FORGET))
    sizes = [await database.write(lambda use: mark(use, limit=2)) for _ in range(4)]
    assert sizes == [2, 2, 1, 0]
    assert await database.read(lambda use: use.all(IN_ORDER)) == marked


async def test_what_is_no_nik_is_marked_once(database):
    await database.write(lambda use: add(use, [{**row(0, SHE), "nik": "", "regency": ""}]))
    assert await database.write(lambda use: mark(use, limit=2)) == 1
    assert await database.write(lambda use: mark(use, limit=2)) == 0


async def test_a_start_marks_all(sqlite_emptied):
    database = open_database(sqlite_emptied)
    await database.write(lambda use: add(use, [row(n, SHE) for n in range(PEOPLE)]))
    await database.write(lambda use: use.run(FORGET))
    assert await database.read(lambda use: find_by_name(use, "test", WANTED)) == []
    mark_all(sqlite_emptied)
    found = await database.read(lambda use: find_by_name(use, "test", WANTED))
    await database.close()
    assert len(found) == PEOPLE
