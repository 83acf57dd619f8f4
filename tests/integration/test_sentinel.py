"""Our own line behind Sentinels: it asks them where the master is, and follows a failover."""

import asyncio

import pytest

from core.database.unavailable import UnavailableError
from core.turns.redis_opening import open_calls
from tests.fixtures.redis_servers import NAME, Watched


async def until(call, seconds=20):
    """Repeat a call until it is answered."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                return await call()
            except UnavailableError:
                await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    with Watched(tmp_path_factory.mktemp("watched"), sentinels=2) as found:
        yield found


async def test_a_server_that_became_a_replica_is_left(watched):
    """Not every way to demote one cuts its connections."""
    calls, master = open_calls(watched.url), watched.master()
    await calls.call("SET", "k", "v")
    heard = master.ask("CLIENT", "LIST", "TYPE", "normal")
    master.ask("REPLICAOF", "127.0.0.1", watched.down)
    with pytest.raises(UnavailableError) as told:
        await calls.call("SET", "k", "w")
    assert told.value.cause == "READONLY"
    master.ask("REPLICAOF", "NO", "ONE")
    await until(lambda: calls.call("SET", "k", "w"))
    ours = {line.split()[0] for line in heard.splitlines() if b"cmd=set" in line}
    now = {line.split()[0] for line in master.ask("CLIENT", "LIST").splitlines()}
    assert ours.isdisjoint(now)
    await calls.close()


async def test_a_failover_is_followed_while_the_old_master_still_takes_writes(watched):
    """Asked to fail over, Sentinels demote the old one some ten seconds later."""
    calls, before = open_calls(watched.url), watched.master()
    await calls.call("SET", "k", "v")
    watched.sentinels[0][0].ask("SENTINEL", "FAILOVER", NAME)
    (after,) = [one for one in watched.servers if one is not before]
    async with asyncio.timeout(20):
        while await until(lambda: calls.call("INCR", "n")) and after.ask("GET", "n") is None:
            await asyncio.sleep(0.05)
    assert before.role() == "master"
    await calls.call("SET", "k", "w")
    assert after.ask("GET", "k") == b"w"
    await calls.close()


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("redis+sentinel://127.0.0.1:1,127.0.0.1:2/name", "refused"),
        ("redis+sentinel://127.0.0.1:{sentinel}/another", "NOMASTER"),
        (
            "redis+sentinel://127.0.0.1:{sentinel}/satupintu?sentinel_username=u&sentinel_password=x",
            "WRONGPASS",
        ),
    ],
)
async def test_where_no_sentinel_says_where_it_is_the_cause_is_told(watched, url, cause):
    calls = open_calls(url.format(sentinel=watched.sentinels[0][0].port))
    with pytest.raises(UnavailableError) as told:
        await calls.call("GET", "k")
    assert told.value.cause == cause
    await calls.close()
