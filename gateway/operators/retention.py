"""The sweep of what is kept no longer, as background work."""

import asyncio
from typing import Final

from core.operators.retention import Retention
from gateway.runtime.clock import Clock

SWEEP_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 1.0  # between batches: turns go first


async def sweep_forever(retention: Retention, clock: Clock) -> None:
    """Sweep every `SWEEP_SECONDS`; sooner while more is due."""
    while True:
        more = await retention.sweep(now=clock())
        await asyncio.sleep(PAUSE_SECONDS if more else SWEEP_SECONDS)
