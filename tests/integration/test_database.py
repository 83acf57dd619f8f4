"""Group commit on both databases: fast together, but nobody pays for another's fault."""

import asyncio
import threading
from functools import partial

import psycopg
import pytest

from core.database.database import open_database
from core.database.group_commit import KEYS_MAX
from core.database.links import FaultyStatementError
from core.database.migrations import migrate
from core.database.statements import Statement
from core.database.unavailable import UnavailableError

ADD = Statement("INSERT INTO audit (at, action) VALUES (:at, :action)")
COUNT = Statement("SELECT count(*) FROM audit")
HELD = Statement(
    """
    SELECT count(*)
    FROM pg_locks
    WHERE locktype = 'advisory'
      AND pid = pg_backend_pid()
    """
)
NIK = "3204115706960001"
CUT = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'
"""


def add(connection):
    return connection.run(ADD, at="now", action="reveal")


def count(connection):
    return connection.one(COUNT)[0]


def refuse(connection):
    add(connection)
    raise ValueError("no")


def stumble(connection):
    add(connection)
    connection.run(ADD, at=None, action="reveal")


async def hold_the_writers(database, gate):
    """Occupy every writer until the gate opens, so that what is queued meanwhile is a batch."""
    holds = []
    for _ in database._writing._threads:
        held = threading.Event()
        operation = partial(hold, held=held, gate=gate)
        holds.append(asyncio.create_task(database.write(operation)))
        assert await asyncio.to_thread(held.wait, 10)
    return holds


def hold(_connection, *, held, gate):
    held.set()
    return gate.wait(10)


async def run_in_one_batch(database, *operations):
    gate = threading.Event()
    holds = await hold_the_writers(database, gate)
    tasks = [asyncio.create_task(database.write(operation)) for operation in operations]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*holds)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_was_written_is_read(database):
    assert await database.write(add) == 1
    assert await database.read(count) == 1


@pytest.mark.parametrize(("bad", "error"), [(refuse, ValueError), (stumble, FaultyStatementError)])
async def test_a_bad_operation_fails_alone_and_leaves_nothing(database, bad, error):
    results = await run_in_one_batch(database, add, bad, add, bad, add)

    assert [type(result) for result in results] == [int, error, int, error, int]
    assert await database.read(count) == 3


async def test_a_fault_of_ours_does_not_show_the_values(database):
    with pytest.raises(FaultyStatementError) as caught:
        await database.write(lambda connection: connection.run(ADD, at=None, action=NIK))

    assert NIK not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_nothing_resolves_before_it_can_be_read_by_another_connection(database_url):
    one, other = open_database(database_url), open_database(database_url)
    for expected in range(1, 20):
        await one.write(add)
        assert await other.read(count) == expected
    await one.close()
    await other.close()


async def test_a_transaction_holds_no_more_keys_than_there_is_room_for(pg_emptied):
    database, gate = open_database(pg_emptied), threading.Event()
    holds = await hold_the_writers(database, gate)
    held = [
        asyncio.ensure_future(
            database.write(
                lambda connection: connection.one(HELD)[0], keys=range(5 * n, 5 * n + 5)
            )
        )
        for n in range(KEYS_MAX)
    ]
    await asyncio.sleep(0)
    gate.set()
    assert max(await asyncio.gather(*held)) == KEYS_MAX
    await asyncio.gather(*holds)
    await database.close()


async def test_of_two_with_a_key_in_common_the_second_sees_what_the_first_wrote(database):
    def add_once(connection):
        return add(connection) if count(connection) == 0 else 0

    added = await asyncio.gather(
        *(database.write(add_once, keys=order) for order in ((1, 2), (2, 1)) * 20)
    )
    assert sorted(added) == [0] * 39 + [1]


async def test_one_writer_at_a_time_never_looks_at_keys(tmp_path):
    url = f"sqlite:///{tmp_path}/one.db"
    migrate(url)
    database, keys = open_database(url), iter([1, 2])
    await database.write(count, keys=keys)
    assert list(keys) == [1, 2]
    await database.close()


async def test_reading_never_writes(database):
    with pytest.raises((FaultyStatementError, UnavailableError)):
        await database.read(add)
    assert await database.read(count) == 0


async def test_a_closed_database_has_finished_what_it_was_given(database_url):
    database = open_database(database_url)
    tasks = [asyncio.create_task(database.write(add)) for _ in range(300)]
    await asyncio.sleep(0)
    await database.close()

    assert await asyncio.gather(*tasks) == [1] * 300
    with pytest.raises(UnavailableError):
        await database.write(add)


async def test_too_many_waiting_operations_are_turned_away(database, monkeypatch):
    monkeypatch.setattr("core.database.database.QUEUE_MAX", 3)

    results = await run_in_one_batch(database, *[add] * 5)

    kinds = [type(result) for result in results]
    assert kinds == [int] * 3 + [UnavailableError] * 2


async def test_what_nobody_waits_for_any_more_is_not_begun(database):
    gate = threading.Event()
    holds = await hold_the_writers(database, gate)
    given_up, kept = (asyncio.create_task(database.write(add)) for _ in range(2))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(*holds, kept)

    assert await database.read(count) == 1


async def test_a_lost_connection_is_made_anew(pg_dsn):
    migrate(pg_dsn)
    database = open_database(pg_dsn)
    await asyncio.gather(*(database.write(add) for _ in range(20)))
    cut_connections(pg_dsn)

    assert await database.write(add) == 1
    assert await database.read(count) == 21
    await database.close()


async def test_a_connection_lost_at_the_commit_is_unavailable_and_then_made_anew(pg_dsn):
    migrate(pg_dsn)
    database = open_database(pg_dsn)

    def add_and_lose_the_connection(connection):
        add(connection)
        cut_connections(pg_dsn)

    with pytest.raises(UnavailableError):
        await database.write(add_and_lose_the_connection)
    assert await database.write(add) == 1
    assert await database.read(count) == 1
    await database.close()


def cut_connections(dsn):
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute(CUT)


async def test_no_database_is_unavailable_and_not_a_wait(tmp_path):
    nowhere = open_database(f"sqlite:///{tmp_path / 'none' / 'test.db'}")
    with pytest.raises(UnavailableError):
        await nowhere.write(add)
    await nowhere.close()
    nowhere = open_database(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(UnavailableError):
        await nowhere.read(count)
    await nowhere.close()


async def test_it_comes_back_when_the_database_does(tmp_path):
    home = tmp_path / "later"
    database = open_database(f"sqlite:///{home / 'test.db'}")
    with pytest.raises(UnavailableError):
        await database.write(add)

    home.mkdir()
    migrate(f"sqlite:///{home / 'test.db'}")

    assert await database.write(add) == 1
    await database.close()
