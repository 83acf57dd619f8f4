"""Shared pipelines of redis-py: how many calls travel together.

What holds for every way of calling Redis is in `test_redis_calls.py`.
"""

import asyncio

import pytest

from core.turns.redis_batching import BATCH_MAX, Coalescing
from core.turns.redis_calls import WAITING_MAX


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
    batching = Coalescing(client)
    counts = await asyncio.gather(*(batching.call("INCR", "n") for _ in range(BATCH_MAX)))
    assert counts == list(range(1, BATCH_MAX + 1))
    assert client.sizes == [BATCH_MAX]


def test_more_may_wait_than_travel_together():
    assert WAITING_MAX > BATCH_MAX


async def test_one_more_than_fits_goes_with_the_next(client):
    batching = Coalescing(client)
    await asyncio.gather(*(batching.call("INCR", "n") for _ in range(BATCH_MAX + 1)))
    assert client.sizes == [BATCH_MAX, 1]
