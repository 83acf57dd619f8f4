"""Which shards of the pending index this worker sweeps: its part, among all workers at work."""

import asyncio
from dataclasses import dataclass
from typing import Final

from core.turns.sessions import SHARDS, SessionStore
from gateway.runtime.clock import Clock

RENEW_SECONDS: Final = 3.0


@dataclass(slots=True)
class Share:
    """The shards that one worker sweeps, at present.

    While workers come and go, two may have a shard, or none for `PRESENT_SECONDS`. Neither does
    harm: of two that finish one effect the second changes nothing, and what is young waits anyway.
    """

    shards: range = range(SHARDS)


async def renew_forever(share: Share, sessions: SessionStore, clock: Clock, worker: str) -> None:
    """Say every `RENEW_SECONDS` that `worker` is at work, and set its share."""
    while True:
        await renew(share, sessions, clock, worker)
        await asyncio.sleep(RENEW_SECONDS)


async def renew(share: Share, sessions: SessionStore, clock: Clock, worker: str) -> None:
    """Note that `worker` is at work; give it each n-th shard, n being all that are at work."""
    present = sorted({*await sessions.present(worker, now=clock()), worker})
    share.shards = range(present.index(worker), SHARDS, len(present))
