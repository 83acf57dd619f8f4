"""Sessions on a cluster of three: every call stays in one slot, wherever it is."""

import asyncio

from core.conversation.session import Session
from core.database.unavailable import UnavailableError
from core.turns.redis_sessions import RedisSessions
from tests.contract.test_session_stores import AT, LATER, undecided
from tests.fixtures.redis_servers import Clustered


async def test_sessions_live_all_over_a_cluster_whose_first_seed_is_down(tmp_path):
    with Clustered(tmp_path) as cluster:
        store = RedisSessions.open(cluster.url, ttl_seconds=60)
        keys = [f"phone:+62812000{n:04}" for n in range(200)]
        asked = Session(stage="menu", at=AT)
        assert all(await asyncio.gather(*(store.save(key, asked, after=0) for key in keys)))
        assert not any(await asyncio.gather(*(store.save(key, asked, after=0) for key in keys)))
        loaded = await asyncio.gather(*(store.load(key) for key in keys))
        assert all(saved == (asked, 1) for saved in loaded)
        await asyncio.gather(*(store.save(key, undecided(), after=1) for key in keys[:5]))
        assert sorted(await store.pending(before=LATER, each=10)) == keys[:5]
        assert (await store.steps())["menu"] == len(keys)

        cluster.nodes[2].kill()
        async with asyncio.timeout(30):
            done = await asyncio.gather(*(store.load(key) for key in keys), return_exceptions=True)
        lost = [one for one in done if isinstance(one, Exception)]
        assert lost
        assert all(isinstance(one, UnavailableError) for one in lost)
        await store.close()
