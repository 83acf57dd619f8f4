"""What real stores say when they fail is told as a code, and never in their words."""

import sqlite3

import psycopg
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from core.conversation.session import Session
from core.database.causes import UNKNOWN, cause_of, ignore_cause
from core.database.database import open_database
from core.database.links import FaultyStatementError
from core.database.unavailable import UnavailableError
from core.turns.redis_batching import Coalescing, connect
from core.turns.redis_sessions import RedisSessions
from tests.hostile.test_connection_limit import role_with
from tests.integration.test_database import add, stumble
from tests.integration.test_failover import read_only

NIK = "3204115706960001"


@pytest.fixture
async def server(valkey_url):
    """Yield a client of the suite's Valkey, and leave the server as it was."""
    async with Redis.from_url(valkey_url) as client:
        await client.flushall()
        yield client
        await client.config_set("maxmemory", 0)
        await client.config_set("min-replicas-to-write", 0)
        await client.execute_command("REPLICAOF", "NO", "ONE")


def by_redis_py(url, *, ttl_seconds, report=ignore_cause):
    return RedisSessions(Coalescing(connect(url), report=report), ttl_seconds=ttl_seconds)


@pytest.fixture(params=[RedisSessions.open, by_redis_py])
async def sessions(request, valkey_url):
    heard = []
    store = request.param(valkey_url, ttl_seconds=60, report=heard.append)
    store.heard = heard
    await store.save("before", Session(), after=0)
    yield store
    await store.close()


async def cause_in(work):
    with pytest.raises(UnavailableError) as caught:
        await work
    return caught.value.cause


REFUSALS = {
    "OOM": ("CONFIG", "SET", "maxmemory", "1"),
    "NOREPLICAS": ("CONFIG", "SET", "min-replicas-to-write", "1"),
    "READONLY": ("REPLICAOF", "127.0.0.1", "1"),
}


@pytest.mark.parametrize("cause", REFUSALS)
async def test_a_redis_that_does_not_write_is_no_heartbeat(cause, server, sessions):
    await sessions.beat(1)
    await server.execute_command(*REFUSALS[cause])
    assert await cause_in(sessions.beat(1)) == cause
    assert await cause_in(sessions.save("k", Session(), after=0)) == cause
    assert sessions.heard == [cause, cause]


async def test_heartbeats_leave_nothing_that_grows_and_count_for_nobody(server, sessions):
    await sessions.beat(70)
    keys, steps = await server.dbsize(), await sessions.steps()
    for _ in range(3):
        await sessions.beat(70)
    assert await server.dbsize() == keys
    assert await sessions.steps() == steps
    assert 0 < await server.ttl("h:{6}:70") <= 60
    assert sessions.heard == []  # a function that is loaded anew is no failure


async def database_cause(url, operation=add):
    heard = []
    database = open_database(url, report=heard.append)
    cause = await cause_in(database.write(operation))
    await database.close()
    assert set(heard) == {cause}
    return cause


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (("/postgres?", "/nothing?"), "3D000"),
        (("//satupintu@", "//nobody@"), "28000"),
        (("host=/", "host=/nowhere/"), "refused"),
        (("@/postgres?host=", "@nowhere.invalid/postgres?application_name="), "no_such_host"),
        (("@/postgres?host=", "@127.0.0.1:1/postgres?application_name="), "refused"),
    ],
)
async def test_a_postgresql_that_lets_us_not_in_has_a_cause(change, cause, pg_server):
    assert await database_cause(pg_server.replace(*change)) == cause


async def test_a_postgresql_that_does_not_write_has_a_cause(pg_emptied):
    read_only(pg_emptied, on=True)
    try:
        assert await database_cause(pg_emptied) == "25006"
    finally:
        read_only(pg_emptied, on=False)
    with role_with(pg_emptied, 0) as (dsn, _change):
        assert await database_cause(dsn) == "53300"


async def test_a_sqlite_that_does_not_write_has_a_cause(sqlite_emptied, tmp_path):
    assert await database_cause(f"sqlite:///{tmp_path / 'no' / 'x.db'}") == "SQLITE_CANTOPEN"

    def fill(connection):
        connection._cursor.execute("PRAGMA max_page_count=1")
        for _ in range(5_000):  # more than the file has room for
            add(connection)

    assert await database_cause(sqlite_emptied, fill) == "SQLITE_FULL"
    path = tmp_path / "garbage.db"
    path.write_bytes(b"no database" * 1_000)
    assert await database_cause(f"sqlite:///{path}") == "SQLITE_NOTADB"


async def test_a_statement_that_the_database_refuses_has_a_cause(database_url):
    heard = []
    database = open_database(database_url, report=heard.append)
    with pytest.raises(FaultyStatementError):
        await database.write(stumble)
    await database.close()
    assert heard in (["23502"], ["SQLITE_CONSTRAINT_NOTNULL"])


@pytest.mark.parametrize(
    "error",
    [
        ValueError(NIK),
        OSError(NIK),
        ResponseError(f"{NIK} is no prefix"),
        psycopg.OperationalError(f"something about {NIK}"),
        sqlite3.OperationalError(NIK),
    ],
)
def test_words_are_never_a_cause(error):
    assert cause_of(error) == UNKNOWN


def test_a_word_that_redis_py_left_standing_first_is_no_cause():
    said = "DB index is out of range"
    wrapped = RedisConnectionError(said)
    wrapped.__cause__ = ResponseError(said, status_code="ERR")
    assert cause_of(wrapped) == "ERR"


def test_a_cause_is_found_behind_other_errors_but_not_for_ever():
    first = error = ValueError()
    for _ in range(100):
        error.__cause__ = ValueError()
        error = error.__cause__
    error.__cause__ = TimeoutError()
    assert cause_of(first) == UNKNOWN
    assert cause_of(error) == "timeout"
