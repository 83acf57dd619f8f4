"""PostgreSQL grants fewer connections than threads want: those with one do all the work."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

import psycopg
import pytest
from redis import Redis

from core.database.database import open_database
from core.database.links import FaultyStatementError
from core.database.unavailable import UnavailableError
from tests.fixtures.crowd import NUMBER
from tests.fixtures.people import name, nik
from tests.integration.test_database import (
    add,
    count,
    cut_connections,
    hold,
    hold_the_writers,
)

GRANTED = 3  # of the 6 that a worker wants
PEOPLE = 400
KINDS = ("TABLES", "SEQUENCES")


def administer(dsn, *statements):
    with psycopg.connect(dsn, autocommit=True) as admin:
        for statement in statements:
            admin.execute(statement)


@contextmanager
def role_with(dsn, connections):
    """Make a role that may have so many connections; yields its DSN and a way to change that."""
    role = f"few_{uuid4().hex[:12]}"
    tables, sequences = (f"GRANT ALL ON ALL {kind} IN SCHEMA public" for kind in KINDS)
    made = f"CREATE ROLE {role} LOGIN CONNECTION LIMIT {connections}"
    administer(dsn, made, f"{tables} TO {role}", f"{sequences} TO {role}")
    try:
        yield (
            dsn.replace("//satupintu@", f"//{role}@"),
            lambda limit: administer(dsn, f"ALTER ROLE {role} CONNECTION LIMIT {limit}"),
        )
    finally:
        administer(dsn, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


@pytest.fixture
def few(pg_emptied):
    with role_with(pg_emptied, GRANTED) as given:
        yield given


@pytest.fixture
async def database(few):
    causes = []
    opened = open_database(few[0], report=causes.append)
    opened.causes = causes
    yield opened
    await opened.close()


async def test_three_connections_of_six_serve_everybody(database):
    work = [database.write(add) for _ in range(PEOPLE)]
    reads = [database.read(count) for _ in range(PEOPLE // 4)]
    assert await asyncio.gather(*work) == [1] * PEOPLE
    assert len(await asyncio.gather(*reads)) == PEOPLE // 4
    assert await database.read(count) == PEOPLE
    assert set(database.causes) == {"53300"}


async def test_people_who_come_one_by_one_are_served_too(database):
    for n in range(20):
        assert await asyncio.gather(*(database.write(add) for _ in range(5))) == [1] * 5
        assert await database.read(count) == 5 * (n + 1)


async def take_all_as_writers(database):
    gate, work = threading.Event(), []
    for _ in range(GRANTED):
        held = threading.Event()
        work.append(asyncio.create_task(database.write(partial(hold, held=held, gate=gate))))
        assert await asyncio.to_thread(held.wait, 10)
    gate.set()
    await asyncio.gather(*work)


async def test_writers_that_have_all_connections_read_for_the_readers(database):
    await take_all_as_writers(database)
    assert await asyncio.gather(*(database.read(count) for _ in range(50))) == [0] * 50
    with pytest.raises((FaultyStatementError, UnavailableError)):
        await database.read(add)
    assert await database.read(count) == 0


async def test_connections_that_were_cut_hand_their_work_on(database, pg_emptied):
    await take_all_as_writers(database)
    cut_connections(pg_emptied)
    assert await asyncio.gather(*(database.write(add) for _ in range(PEOPLE))) == [1] * PEOPLE


async def test_what_was_handed_over_is_finished_when_it_closes(few):
    database = open_database(few[0])
    work = [asyncio.create_task(database.write(add)) for _ in range(PEOPLE)]
    reads = [asyncio.create_task(database.read(count)) for _ in range(PEOPLE // 4)]
    await asyncio.sleep(0)
    await database.close()
    assert await asyncio.gather(*work) == [1] * PEOPLE
    assert len(await asyncio.gather(*reads)) == PEOPLE // 4


async def test_without_any_connection_work_fails_at_once_and_with_the_cause(pg_emptied):
    with role_with(pg_emptied, 0) as (dsn, _change):
        database = open_database(dsn)
        async with asyncio.timeout(5):
            failed = await asyncio.gather(
                *(database.write(add) for _ in range(PEOPLE)),
                *(database.read(count) for _ in range(PEOPLE)),
                return_exceptions=True,
            )
        await database.close()
    assert {(type(one), one.cause) for one in failed} == {(UnavailableError, "53300")}


async def test_more_connections_are_used_as_soon_as_there_are_more(few, database):
    _dsn, change = few
    await take_all_as_writers(database)
    change(-1)
    busy = asyncio.create_task(keep_busy(database))
    async with asyncio.timeout(10):
        while not all(link.is_open for link in database._writing._links):
            await asyncio.sleep(0.01)
    busy.cancel()
    gate = threading.Event()
    gate.set()
    await asyncio.gather(*await hold_the_writers(database, gate))


async def keep_busy(database):
    while True:
        await asyncio.gather(*(database.write(add) for _ in range(20)))


def test_a_gateway_with_three_connections_tells_everybody(few, valkey_url, gateway):
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    running = gateway(DATABASE_URL=few[0], REDIS_URL=valkey_url).start()

    def register(n):
        words = ["1", "1", nik(n), name(n), "2", "1"]
        calls = [
            running.ussd(f"+62812{n:08d}", f"ATUid_{n}", "*".join(words[:said]))
            for said in range(len(words) + 1)
        ]
        return {call.status_code for call in calls}, NUMBER.search(calls[-1].text)

    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(register, range(60)))
    assert {status for statuses, _number in told for status in statuses} == {200}
    assert len({number.group() for _statuses, number in told}) == len(told)
    assert 'cause="53300",store="database"' in running.client.get("/metrics").text
    assert running.client.get("/health/ready").status_code == 200
    assert running.stop() == 0
