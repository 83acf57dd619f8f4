"""Play schedules: find those that break a promise, and make them short."""

from collections import Counter
from hashlib import blake2b
from typing import NamedTuple

from tests.sim.choices import bytes_of
from tests.sim.world import World

PLAYS_MAX = 2_000  # in which a schedule is made short
BLOCKS = (64, 16, 4, 1)  # of bytes that are left out or calmed together


class Played(NamedTuple):
    """How a schedule went: what happened, and the promise that it broke, if any."""

    history: list
    broken: str
    error: Exception | None = None

    @property
    def digest(self):
        return blake2b(repr(self.history).encode(), digest_size=16).hexdigest()


def play(string, hits=None):
    """Play one schedule; `hits` counts what happened in it."""
    world = World(string, Counter() if hits is None else hits)
    try:
        world.play()
    except Exception as error:  # noqa: BLE001 whatever it is, the schedule found it
        return Played(world.history, f"{type(error).__name__} {error.args[:1]}", error)
    return Played(world.history, "")


def play_seeds(seeds):
    """Return what happened in the schedules of these seeds, and the broken promises by seed."""
    hits, broken = Counter(), {}
    for seed in seeds:
        played = play(bytes_of(seed), hits)
        if played.broken:
            broken[seed] = played.broken
    return hits, broken


def shrink(string):
    """Return a short and calm string that breaks the same promise."""
    broken, plays = play(string).broken, 0
    assert broken, "nothing is broken"
    string, before = string.rstrip(b"\0"), None
    while string != before:
        before = string
        for block in BLOCKS:
            at = 0
            while at < len(string):
                for simpler in _simpler(string, at, block):
                    if plays == PLAYS_MAX:
                        return string
                    plays += 1
                    if play(simpler).broken == broken:
                        string = simpler
                        break
                else:
                    at += block
    return string


def _simpler(string, at, block):
    """Yield the string without the block at a place, and with calm bytes in it."""
    head, body, tail = string[:at], string[at : at + block], string[at + block :]
    yield (head + tail).rstrip(b"\0")
    calm = (head + bytes(len(body)) + tail).rstrip(b"\0")
    if calm != string and any(body):
        yield calm
