"""`make sim`: play many schedules on all cores, and say what they found.

SEED is the first, SCHEDULES how many; one alone prints its history, as does STRING, a schedule in
hexadecimal digits.
"""

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from time import perf_counter, process_time

from tests.sim.choices import bytes_of
from tests.sim.expected import missing
from tests.sim.schedule import play, play_seeds, shrink

SCHEDULES = 100_000
CHUNK = 250  # schedules that a process plays before it reports
SHRUNK_MAX = 5  # broken promises that are made short
SAID_EVERY = 10_000
MISSING_FROM = 10_000  # schedules in which each fault and each outcome must come


def _chunk(seeds):
    began = process_time()
    return *play_seeds(seeds), process_time() - began


def play_many(first, count):
    """Play them; return what happened, and the seeds that broke a promise by promise."""
    chunks = [
        range(at, min(at + CHUNK, first + count)) for at in range(first, first + count, CHUNK)
    ]
    hits, broken, cpu, played, began = Counter(), {}, 0.0, 0, perf_counter()
    with ProcessPoolExecutor() as pool:
        for seeds, (more, found, seconds) in zip(chunks, pool.map(_chunk, chunks), strict=True):
            hits.update(more)
            cpu += seconds
            for seed, promise in found.items():
                broken.setdefault(promise, []).append(seed)
            if (played := played + len(seeds)) % SAID_EVERY < CHUNK:
                print(f"{played} schedules, {sum(map(len, broken.values()))} broken", flush=True)
    wall = perf_counter() - began
    print(f"{played} schedules in {wall:.0f} s, {1000 * cpu / played:.2f} ms of CPU each")
    return hits, broken


def tell(string):
    """Print the history of one schedule; return whether it broke a promise."""
    played = play(string)
    for at, *what in played.history:
        print(f"{at:>14.6f}", *what)
    print(
        played.broken or "no promise is broken", *(played.error.args[1:] if played.error else ())
    )
    return bool(played.broken)


def main():
    seed, count = int(os.environ.get("SEED") or 0), int(os.environ.get("SCHEDULES") or SCHEDULES)
    if string := os.environ.get("STRING"):
        return tell(bytes.fromhex(string))
    if count == 1:
        return tell(bytes_of(seed))
    hits, broken = play_many(seed, count)
    if os.environ.get("HITS"):
        for what, times in sorted(hits.items(), key=str):
            print(f"{times:>9}", *what)
    for promise, seeds in list(broken.items())[:SHRUNK_MAX]:
        print(f"\n{promise}: {len(seeds)} schedules, SEED={seeds[0]}; made short:")
        string = shrink(bytes_of(seeds[0]))
        tell(string)
        print(f"make sim STRING={string.hex()}")
    absent = missing(hits) if count >= MISSING_FROM else []
    for what in absent:
        print("never happened:", *what)
    return bool(broken or absent)


if __name__ == "__main__":
    sys.exit(main())
