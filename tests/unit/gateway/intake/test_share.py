"""Which shards a worker sweeps: all workers together sweep them all, and none is swept twice."""

from datetime import timedelta

import pytest

from core.turns.memory_sessions import MemorySessions
from core.turns.sessions import PRESENT_SECONDS, SHARDS
from gateway.intake.share import Share, renew
from gateway.intake.sweeper import GRACE_SECONDS
from tests.scripts import START


async def settled(sessions, workers, *, at=START):
    """Return the shares once each has heard of the others."""
    shares = {worker: Share(range(0)) for worker in workers}
    for _ in range(2):
        for worker, share in shares.items():
            await renew(share, sessions, lambda: at, worker)
    return [share.shards for share in shares.values()]


@pytest.mark.parametrize("count", [1, 2, 3, SHARDS, SHARDS + 6])
async def test_every_shard_is_swept_by_one_worker(count):
    shares = await settled(MemorySessions(), [f"worker {n}" for n in range(count)])
    assert sorted(shard for shards in shares for shard in shards) == list(range(SHARDS))
    sizes = {len(shards) for shards in shares}
    assert max(sizes) - min(sizes) <= 1


async def test_the_shards_of_a_worker_that_died_go_to_the_others():
    sessions = MemorySessions()
    await settled(sessions, ["a", "b"])
    later = START + timedelta(seconds=PRESENT_SECONDS + 1)
    assert await settled(sessions, ["b"], at=later) == [range(SHARDS)]


def test_they_are_theirs_before_what_it_left_is_old_enough():
    assert PRESENT_SECONDS < GRACE_SECONDS


def test_without_others_it_is_all_of_them():
    assert list(Share().shards) == list(range(SHARDS))
