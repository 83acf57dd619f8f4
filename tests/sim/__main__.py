"""`make sim`: play many schedules on all cores, and say what they found.

SEED is the first, SCHEDULES how many; one alone prints its history, as does STRING, a schedule in
hexadecimal digits.
"""

import gc
import os
import signal
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
SAID_SECONDS = 60.0
MISSING_FROM = 10_000  # schedules in which each fault and each outcome must come


class Tally:
    """What many schedules did: the hits, and the seeds that broke a promise by promise."""

    def __init__(self):
        self.hits, self.broken = Counter(), {}
        self.played, self._cpu_seconds, self._began, self._said = 0, 0.0, perf_counter(), 0.0

    def add(self, played, hits, found, cpu_seconds):
        self.played += played
        self.hits.update(hits)
        self._cpu_seconds += cpu_seconds
        for seed, promise in found.items():
            self.broken.setdefault(promise, []).append(seed)
        if perf_counter() - self._began - self._said >= SAID_SECONDS:
            self.say()

    def say(self):
        self._said = perf_counter() - self._began
        rate, each = self.played / self._said, 1000 * self._cpu_seconds / max(self.played, 1)
        print(
            f"{self.played} schedules in {self._said:.0f} s, {rate:.0f} a second,",
            f"{each:.2f} ms of CPU each, {sum(map(len, self.broken.values()))} broken",
            flush=True,
        )


class StoppedError(Exception):
    """SIGTERM came: what is played so far is what there is."""


def _stop(*_):
    raise StoppedError


def _start_worker():
    """Leave signals to the parent, and collect what is garbage between chunks only."""
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)
    gc.freeze()
    gc.disable()


def _chunk(seeds):
    began = process_time()
    hits, found = play_seeds(seeds)
    gc.collect()
    return len(seeds), hits, found, process_time() - began


def play_many(first, count):
    """Play them on all cores, until SIGTERM; return what they did."""
    tally, starts = Tally(), range(first, first + count, CHUNK)
    chunks = (range(at, min(at + CHUNK, first + count)) for at in starts)
    pool = ProcessPoolExecutor(initializer=_start_worker)
    signal.signal(signal.SIGTERM, _stop)
    try:
        for results in pool.map(_chunk, chunks):
            tally.add(*results)
    except (StoppedError, KeyboardInterrupt):
        print("stopped")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        pool.shutdown(cancel_futures=True)
    tally.say()
    return tally


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
    tally = play_many(seed, count)
    hits, broken = tally.hits, tally.broken
    if os.environ.get("HITS"):
        for what, times in sorted(hits.items(), key=str):
            print(f"{times:>9}", *what)
    for promise, seeds in list(broken.items())[:SHRUNK_MAX]:
        print(f"\n{promise}: {len(seeds)} schedules, SEED={seeds[0]}; made short:")
        string = shrink(bytes_of(seeds[0]))
        tell(string)
        print(f"make sim STRING={string.hex()}")
    absent = missing(hits) if tally.played >= MISSING_FROM else []
    for what in absent:
        print("never happened:", *what)
    return bool(broken or absent)


if __name__ == "__main__":
    sys.exit(main())
