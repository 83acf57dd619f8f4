"""Server-sent events: the truth at once, and again whenever it has changed.

Nothing runs while nobody watches. A watcher ends by itself when the gateway drains.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from time import monotonic
from typing import Any, Final

LOOK_SECONDS: Final = 0.3
SILENT_SECONDS_MAX: Final = 15.0  # then a comment shows that the connection lives
RETRY_SECONDS: Final = 1  # a killed gateway is back by then

Read = Callable[[], Awaitable[dict[str, Any]]]


async def events(
    read: Read, clock: Callable[[], dict[str, Any]], *, ends: Callable[[], bool]
) -> AsyncIterator[str]:
    """Yield events until `ends`. What `clock` says goes along, but is no change."""
    yield f"retry: {RETRY_SECONDS * 1_000}\n\n"
    before, spoke = "", monotonic()
    while not ends():
        now, ahead = await read(), clock()
        told = json.dumps([now, ahead["ahead_seconds"]])
        if told != before:
            before, spoke = told, monotonic()
            data = json.dumps({**now, "clock": ahead}, ensure_ascii=False)
            yield f"event: truth\ndata: {data}\n\n"
        elif monotonic() - spoke > SILENT_SECONDS_MAX:
            spoke = monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(LOOK_SECONDS)
