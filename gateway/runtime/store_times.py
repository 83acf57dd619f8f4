"""How long calls of Redis take: one of a few is measured, for measuring has its cost, too."""

from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Final

from core.turns.redis_calls import Calls

SAMPLE_EVERY: Final = 16  # calls; the first is measured
_READS: Final = frozenset({"GET", "HGETALL", "ZRANGEBYSCORE"})

Observe = Callable[[str, float], None]


class TimedCalls:
    """Calls to Redis; `observe` is told `read` or `write`, and the seconds."""

    def __init__(self, calls: Calls, observe: Observe) -> None:
        self._calls, self._observe, self._count = calls, observe, 0
        self.load, self.close = calls.load, calls.close

    def call(self, *args: Any) -> Coroutine[Any, Any, Any]:
        """Call, and measure some."""
        self._count += 1
        if self._count % SAMPLE_EVERY != 1:
            return self._calls.call(*args)
        return self._measured(args)

    async def _measured(self, args: tuple[Any, ...]) -> Any:
        began = monotonic()
        try:
            return await self._calls.call(*args)
        finally:
            kind = "read" if args[0] in _READS else "write"
            self._observe(kind, monotonic() - began)
