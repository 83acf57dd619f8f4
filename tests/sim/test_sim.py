"""A thousand schedules of faults break no promise; the same one twice is the same to the byte."""

import os
import subprocess
import sys

import pytest

from tests.sim.choices import bytes_of
from tests.sim.expected import OFTEN, missing
from tests.sim.schedule import play, play_seeds

SCHEDULES = 1_000  # more in `make sim`
TWICE = 40  # of these the histories are compared
_DIGESTS = f"""
from tests.sim.choices import bytes_of
from tests.sim.schedule import play
for seed in range({TWICE}):
    print(play(bytes_of(seed)).digest)
"""


@pytest.fixture(scope="module")
def played():
    return play_seeds(range(SCHEDULES))


def test_no_promise_is_broken(played):
    _, broken = played
    assert not broken


def test_each_fault_and_each_outcome_came(played):
    hits, _ = played
    assert not missing(hits, OFTEN)


def test_the_same_schedule_has_the_same_history_to_the_byte():
    once = [play(bytes_of(seed)).digest for seed in range(TWICE)]
    again = subprocess.run(
        [sys.executable, "-c", _DIGESTS],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.split() == once
    assert len(set(once)) == TWICE
