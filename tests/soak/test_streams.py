"""The lane beside the plain way for long: `python -m tests.soak.test_streams SECONDS [SEED]`."""

import asyncio
import logging
import sys
from random import Random
from time import process_time

from tests.fixtures.http_streams import noise, orderly, serve_echo

CPU_SECONDS = 300.0
TOLD_SECONDS = 60.0


async def compare(cpu_seconds, first=0, tell=lambda streams, exchanges: None):
    """Compare streams until so much time of a processor is used; return how many, and answers."""
    servers, _house = serve_echo()
    began = told = process_time()
    streams = exchanges = 0
    while (now := process_time()) - began < cpu_seconds:
        seed = first + streams
        check = orderly if streams % 2 else noise
        ours, other = await check(servers, Random(seed))
        assert ours == other, f"{check.__name__} of seed {seed}: {ours} is not {other}"
        streams += 1
        exchanges += len(ours[0]) if check is orderly else ours[0].count(b"HTTP/1.1 ")
        if now - told > TOLD_SECONDS:
            told = now
            tell(streams, exchanges)
    return streams, exchanges


async def test_the_lane_says_what_the_plain_way_says(caplog):
    caplog.set_level(logging.CRITICAL, "uvicorn.error")
    streams, exchanges = await compare(CPU_SECONDS)
    print(f"{streams} streams, {exchanges} exchanges")


if __name__ == "__main__":
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    seconds, seed = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    print(*asyncio.run(compare(seconds, seed, lambda *so_far: print(*so_far, flush=True))))
