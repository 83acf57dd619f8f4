"""Calls to the Redis of a URL: by our own line where that can, else by redis-py."""

from core.database.causes import Report, ignore_cause
from core.turns.redis_address import RedisAddress, SentinelAddress
from core.turns.redis_batching import Coalescing, connect
from core.turns.redis_calls import Calls
from core.turns.redis_line import RedisLine
from core.turns.redis_url import RedisUrl


def open_calls(url: str, *, report: Report = ignore_cause) -> Calls:
    """Return calls to the Redis at `url`, not connected yet; `ValueError` if it is no such URL."""
    read = RedisUrl.of(url)
    address = SentinelAddress.of(read) if read.kind == "sentinel" else RedisAddress.of(url)
    if address is None:
        return Coalescing(connect(url), report=report)
    return RedisLine(address, report=report)
