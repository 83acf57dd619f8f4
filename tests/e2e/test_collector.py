"""The garbage collector of the real process: off while it starts, seldom once it serves."""

import os
import re
import signal

import pytest

from gateway.runtime.collector import MIDDLE_PASSES_MAX, YOUNG_MAX, YOUNG_PASSES_MAX
from tests.e2e.test_process import workers_of
from tests.fixtures.process import eventually

FROZEN_MIN = 50_000  # what a start leaves are twice as many
WATCH = """
import gc, os, signal, sys

def tell(when):
    state = gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()
    os.write(2, f"{when} {os.getpid()} {state}\\n".encode())

def watch(event, given):
    if event == "import" and given[0] == "uvicorn":
        tell("begun")
    opens_words = event == "open" and str(given[0]).endswith(".po")  # a worker's first step
    if opens_words or event == "sqlite3.connect":  # its parent's
        tell("imported")

sys.addaudithook(watch)
signal.signal(signal.SIGUSR1, lambda *_: tell("asked"))
"""


@pytest.fixture
def watched(gateway, tmp_path):
    """Return a function that starts a gateway whose processes tell how their collector is set."""
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)

    def start(**settings):
        running = gateway(**settings)
        running.env["PYTHONPATH"] = str(tmp_path / "watch")
        return running.start()

    return start


def told(running, when, pid):
    """What a process told first: whether it collects, at which thresholds, what it passes over."""
    line = re.search(rf"^{when} {pid} \((\w+), (\(.*\)), (\d+)\)$", running.errors(), re.MULTILINE)
    return line and (line[1] == "True", line[2], int(line[3]))


@pytest.mark.parametrize("workers", [1, 2])
def test_every_process_that_serves_collects_seldom_and_passes_over_what_its_start_made(
    workers, watched
):
    running = watched(WORKERS=workers)
    pids = [running.process.pid, *(workers_of(running) if workers > 1 else [])]
    assert len(pids) == {1: 1, 2: 3}[workers]
    for pid in pids:
        os.kill(pid, signal.SIGUSR1)
        assert eventually(lambda pid=pid: told(running, "asked", pid)), running.errors()
        collects, thresholds, frozen = told(running, "asked", pid)
        assert collects
        assert thresholds == str((YOUNG_MAX, YOUNG_PASSES_MAX, MIDDLE_PASSES_MAX))
        assert frozen > FROZEN_MIN


def test_nothing_is_collected_while_a_process_imports_and_its_imports_are_passed_over(watched):
    running = watched(WORKERS=2)
    for pid in (running.process.pid, *workers_of(running)):
        collects, _thresholds, frozen = told(running, "begun", pid)
        assert (collects, frozen) == (False, 0)
        collects, _thresholds, frozen = told(running, "imported", pid)
        assert not collects
        assert frozen > FROZEN_MIN
