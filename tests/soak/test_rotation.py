"""The runbook of `docs/operations.md` twice, while people register at gateways of two workers."""

import asyncio
import subprocess
import sys

import psycopg

from core.database.key_wrapper import LocalKeys
from tests.fixtures.crowd import check_nobody_else, check_promises
from tests.fixtures.rotation import NEW, OLD, THIRD, Comers, Pair

BEFORE, BETWEEN = 1_500, 100  # people; so many data keys are rotated in three batches
UNDER = "SELECT count(*) FROM data_keys WHERE encode(substr(wrapped, 1, 4), 'hex') = %s"


async def exchange(pair, comers, dsn, old, new):
    """Exchange the key as the page says, with a rotation that is killed; return what was said."""
    for keys in ((old, new), (new, old)):
        for one in pair.both:
            await pair.begin(one, *keys)
            await comers.register(BETWEEN)
    first = await asyncio.to_thread(kill_a_rotation, pair.both[0], dsn, old)
    rest = await pair.command("keys", "rotate")
    assert count_under(dsn, old) == 0
    for one in pair.both:
        await pair.begin(one, new)
        await comers.register(BETWEEN)
    return f"{first} data keys by the rotation that was killed; {rest}"


def kill_a_rotation(one, dsn, old):
    """Kill a rotation once it has written a batch; return how many keys it did."""
    before = left = count_under(dsn, old)
    command = (sys.executable, "-m", "gateway", "keys", "rotate")
    with subprocess.Popen(command, cwd=one.home, env=one.env) as process:
        while process.poll() is None and left == before:
            left = count_under(dsn, old)
        process.kill()
    return before - count_under(dsn, old)


def count_under(dsn, key):
    """Return how many data keys that key wraps."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        key_id = LocalKeys([bytes.fromhex(key)]).key_id
        return connection.execute(UNDER, [key_id]).fetchone()[0]


async def test_keys_are_exchanged_twice_and_nobody_is_lost(gateway, tmp_path, pg_dsn, valkey_url):
    pair = Pair(gateway, tmp_path, WORKERS=2, DATABASE_URL=pg_dsn, REDIS_URL=valkey_url)
    for one in pair.both:
        await pair.begin(one, OLD)
    async with Comers(pair, at_once=24) as comers:
        await comers.register(BEFORE)
        for old, new in ((OLD, NEW), (NEW, THIRD)):
            print(await exchange(pair, comers, pg_dsn, old, new))
    print(f"{len(comers.people)} people, {comers.failed} hops that neither gateway answered")
    check_promises(comers, pair.both[0])
    check_nobody_else(comers, pair.both[1])
