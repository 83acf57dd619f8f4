"""Background work that looks again as soon as the clock is turned, not only after its round."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

Work = Callable[[], Awaitable[object]]

# What sleeps for longer than a second between two looks; the sender is nudged.
SLEEPERS: Final = frozenset(
    {"sweeper", "verifier", "standby", "closures", "retention", "cases", "erasing"}
)


class Hurry:
    """Wakes the work that sleeps between two looks."""

    def __init__(self) -> None:
        self._turned = asyncio.Event()

    def wake(self) -> None:
        """Let all of it look again now."""
        before, self._turned = self._turned, asyncio.Event()
        before.set()

    def hurried(self, background: Mapping[str, Work]) -> Mapping[str, Work]:
        """Return the background work, of which the sleepers can be woken."""
        return {
            name: partial(self._run, work) if name in SLEEPERS else work
            for name, work in background.items()
        }

    async def _run(self, work: Work) -> None:
        """Run `work`; begin it again, which looks first, whenever it is woken."""
        while True:
            running = asyncio.ensure_future(work())
            woken = asyncio.ensure_future(self._turned.wait())
            try:
                await asyncio.wait({running, woken}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
                    return
            finally:
                running.cancel()
                woken.cancel()
