"""Cases that need no official, as background work."""

import asyncio
from typing import Final

from core.cases.sweep import CaseSweep
from gateway.runtime.clock import Clock

ROUND_SECONDS: Final = 20.0
PAUSE_SECONDS: Final = 0.5  # between batches: turns go first


async def decide_forever(rules: CaseSweep, clock: Clock) -> None:
    """Go through the queue every `ROUND_SECONDS`; batch by batch while there are more."""
    while True:
        more = await rules.sweep(now=clock())
        await asyncio.sleep(PAUSE_SECONDS if more else ROUND_SECONDS)
