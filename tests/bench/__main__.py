"""`make bench`: prints a table and writes bench.json."""

import asyncio
import json
import os
import statistics
import sys
from itertools import count
from pathlib import Path

from core.turns.redis_sessions import connect
from tests.bench.filling import fill_records, fill_sessions
from tests.bench.servers import OTHER_CORE, floor, gateway, pin
from tests.bench.swarm import swarm

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
ROUNDS = 3
FEW, MANY = 1_000, 1_000_000
AIMS = {
    "turn / floor": (0.5, "at least"),
    "registrations a second": (1_000, "at least"),
    "p99 of a turn at half of peak, ms": (20, "at most"),
    "bytes of a live session": (1_024, "at most"),
    "turn among 10^6 / among 10^3": (1.1, "at most"),
    "start to ready, s": (2, "at most"),
}
_people = count()


async def rounds(*measured):
    """Measure each in turn, several times, so that a slow moment of the machine hits all alike."""
    seen = [[] for _ in measured]
    for _ in range(ROUNDS):
        for one, rates in zip(measured, seen, strict=True):
            told = await swarm(one, _people, seconds=SECONDS)
            assert set(told.statuses) == {"200"}, told.statuses
            rates.append(told.rate)
    return [statistics.median(rates) for rates in seen]


async def session_bytes(redis_url):
    """Return what the largest of some live sessions takes, at the confirmation."""
    client = connect(redis_url)
    found = [key async for key in client.scan_iter("s:*", count=1_000)][:2_000]
    sizes = [await client.memory_usage(key) for key in found]
    await client.aclose()
    return max(sizes)


async def measure():
    """Yield (what, figure), in order."""
    with gateway() as (opened, ready):
        yield "start to ready, s", ready
        with floor(opened.redis_url) as port:
            turn, least = await rounds(opened.port, port)  # ours first: it loads the function
        yield "floor, requests a second", least
        yield "USSD turns a second", turn
        yield "turn / floor", turn / least
        yield "bytes of a live session", await session_bytes(opened.redis_url)
        paced = await swarm(opened.port, _people, seconds=SECONDS, rate=turn / 2)
        yield "p50 of a turn at half of peak, ms", paced.percentile(0.5) * 1_000
        yield "p99 of a turn at half of peak, ms", paced.percentile(0.99) * 1_000
        whole = await swarm(opened.port, _people, seconds=SECONDS * 2, confirms=True)
        assert whole.last.startswith((b"END", b"CON")), whole.last
        yield "registrations a second", whole.rate / 7
    async for one in among_many():
        yield one


async def among_many():
    """Compare two gateways side by side: one with few people in its stores, one with many."""
    with gateway() as (few, _), gateway() as (many, _):
        for opened, people in ((few, FEW), (many, MANY)):
            await fill_sessions(opened.redis_url, people)
            fill_records(opened.database, people)
        among_few, among = await rounds(few.port, many.port)
    yield "turns a second among 10^3", among_few
    yield "turns a second among 10^6", among
    yield "turn among 10^6 / among 10^3", among_few / among


def verdict(what, figure):
    """Return the aim, and whether it is met."""
    if what not in AIMS:
        return ""
    aim, side = AIMS[what]
    met = figure >= aim if side == "at least" else figure <= aim
    return f"{side} {aim:<8} {'met' if met else 'MISSED'}"


async def main():
    """Print each figure as it is known."""
    pin(os.getpid(), OTHER_CORE)
    figures = {}
    async for what, figure in measure():
        figures[what] = round(figure, 3)
        print(f"{what:<36} {figure:>10.2f}   {verdict(what, figure)}", flush=True)
    return figures


if __name__ == "__main__":
    Path("bench.json").write_text(json.dumps(asyncio.run(main()), indent=1) + "\n")
