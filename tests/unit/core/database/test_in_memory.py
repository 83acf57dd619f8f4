"""The database in memory: the shape and the promises of the one on threads."""

import asyncio
import re

import pytest

from core.database.database import open_database
from core.database.in_memory import InMemoryDatabase
from core.database.links import FaultyStatementError
from core.database.migrations import SQLITE_TABLES
from core.database.statements import Statement
from core.database.tables import metadata
from core.database.unavailable import UnavailableError

ADD = Statement("INSERT INTO audit (at, action) VALUES ('now', :action)")
ALL = Statement("SELECT action FROM audit")


@pytest.fixture(params=["memory", "threads"])
async def database(request):
    if request.param == "memory":
        yield InMemoryDatabase()
        return
    opened = open_database(request.getfixturevalue("sqlite_emptied"))
    yield opened
    await opened.close()


def note(action):
    return lambda connection: connection.run(ADD, action=action)


def noted(connection):
    return [row[0] for row in connection.all(ALL)]


def note_and_fail(connection):
    note("half")(connection)
    raise LookupError


async def test_what_is_written_is_read(database):
    assert await database.write(note("one"), alone=True, keys=(1, 2)) == 1
    assert await database.read(noted) == ["one"]


async def test_of_what_fails_nothing_is_kept(database):
    with pytest.raises(LookupError):
        await database.write(note_and_fail)
    assert await database.read(noted) == []
    await database.write(note("one"))


@pytest.mark.parametrize(
    "fault",
    [
        Statement("INSERT INTO leases (name, until, holder) VALUES ('n', 'u', 'h')"),
        Statement("INSERT INTO history (record_id, intent_id, field, at) VALUES (1, '', '', '')"),
    ],
)
async def test_a_statement_that_breaks_a_rule_is_a_fault_and_keeps_nothing(database, fault):
    def twice(connection):
        note("half")(connection)
        connection.run(fault)
        connection.run(fault)

    with pytest.raises(FaultyStatementError, match="IntegrityError"):
        await database.write(twice)
    assert await database.read(noted) == []


async def test_what_the_database_cannot_do_is_unavailable(database):
    with pytest.raises(UnavailableError):
        await database.write(lambda connection: connection.run(Statement("SELECT nothing")))
    assert await database.read(noted) == []


async def test_closed_it_takes_nothing_more(database):
    await database.close()
    with pytest.raises(UnavailableError):
        await database.read(noted)


async def test_an_operation_is_over_when_it_is_called():
    """No event loop turns meanwhile: what a test steps through is every call, and nothing else."""
    database = InMemoryDatabase()
    with pytest.raises(StopIteration) as stop:
        database.write(note("one")).send(None)
    assert stop.value.value == 1


async def test_what_a_read_writes_is_not_kept():
    database = InMemoryDatabase()
    await database.read(note("one"))
    assert await database.read(noted) == []


def test_a_copy_goes_its_own_way():
    first = InMemoryDatabase()
    first.run(note("one"))
    second = first.copy()
    second.run(note("two"))
    assert (first.run(noted), second.run(noted)) == (["one"], ["one", "two"])


def test_it_has_every_table_index_and_trigger():
    names = Statement("SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    found = {row[0] for row in InMemoryDatabase().run(lambda c: c.all(names))}
    indexes = {index.name for table in metadata.sorted_tables for index in table.indexes}
    triggers = {name for name in found if name.startswith("tr_")}
    assert found - triggers == {"alembic_version", *metadata.tables, *indexes}
    assert triggers == set(re.findall(r"CREATE TRIGGER (\w+)", SQLITE_TABLES.read_text()))


def test_each_begins_empty():
    InMemoryDatabase().run(note("one"))
    assert asyncio.run(InMemoryDatabase().read(noted)) == []
