"""Shared pipelines: fewer round trips, and nobody feels the others."""

import asyncio

import pytest

import core.turns.redis_batching
from core.database.unavailable import UnavailableError
from core.turns.redis_batching import BATCH_MAX, WAITING_MAX, Coalescing


class Counted:
    """A client that notes how many commands each pipeline took to the server."""

    def __init__(self, redis):
        self.redis, self.sizes = redis, []

    def pipeline(self, *, transaction):
        pipeline = self.redis.pipeline(transaction=transaction)
        execute = pipeline.execute

        async def counted(**options):
            self.sizes.append(len(pipeline))
            return await execute(**options)

        pipeline.execute = counted
        return pipeline


@pytest.fixture
def client(redis):
    return Counted(redis)


async def test_calls_made_together_travel_together_in_order(client):
    shared = Coalescing(client)
    counts = await asyncio.gather(*(shared.call("INCR", "n") for _ in range(BATCH_MAX)))
    assert counts == list(range(1, BATCH_MAX + 1))
    assert client.sizes == [BATCH_MAX]


async def test_one_more_than_fits_goes_with_the_next(client):
    shared = Coalescing(client)
    await asyncio.gather(*(shared.call("INCR", "n") for _ in range(BATCH_MAX + 1)))
    assert client.sizes == [BATCH_MAX, 1]


async def test_a_refused_command_hurts_its_caller_only(client):
    shared = Coalescing(client)
    calls = [("SET", "k", "v"), ("INCR", "k"), ("NONSENSE",), ("GET", "k")]
    done = await asyncio.gather(*(shared.call(*call) for call in calls), return_exceptions=True)
    assert [type(one) for one in done] == [bool, UnavailableError, UnavailableError, bytes]
    assert client.sizes == [len(calls)]


async def test_what_cannot_be_sent_is_told_to_all_and_keeps_nobody_waiting(client):
    shared = Coalescing(client)
    calls = [("GET", "k"), ("GET", "\ud800"), ("GET", object())]
    async with asyncio.timeout(5):
        done = await asyncio.gather(
            *(shared.call(*call) for call in calls), return_exceptions=True
        )
    assert {type(one) for one in done} == {UnavailableError}
    assert await shared.call("GET", "k") is None


async def test_a_caller_who_leaves_does_not_hurt_the_others(client):
    shared = Coalescing(client)
    calls = [asyncio.create_task(shared.call("INCR", "n")) for _ in range(50)]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    stayed = await asyncio.gather(*calls[1::2])
    assert stayed == list(range(2, 51, 2))


async def test_too_many_waiting_are_told_at_once(client, monkeypatch):
    assert WAITING_MAX > BATCH_MAX
    monkeypatch.setattr(core.turns.redis_batching, "WAITING_MAX", 10)
    shared = Coalescing(client)
    calls = (shared.call("INCR", "n") for _ in range(11))
    done = await asyncio.gather(*calls, return_exceptions=True)
    assert done[:10] == list(range(1, 11))
    assert isinstance(done[10], UnavailableError)
    assert await shared.call("GET", "n") == b"10"
