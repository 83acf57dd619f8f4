"""What watches the serving process: it forks again after a kill, and passes signals on."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.process import ROOT, eventually

PARENT = """
import os, select, signal, sys, time
from gateway.process import respawning
from gateway.process.signals import exit_on_signals

exit_on_signals()

def serve(ends, before):
    print(before, os.getpid(), flush=True)
    {does}

sys.exit(respawning.serve_again(serve))
"""
WAITS = "select.select([ends], [], []); sys.exit(9)"


@pytest.fixture
def parent():
    made = []

    def start(does):
        code = PARENT.format(does=does)
        command = [sys.executable, "-c", code]
        made.append(
            subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
            )
        )
        return made[-1]

    yield start
    for process in made:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def child_of(process):
    before, pid = process.stdout.readline().split()
    return int(before), int(pid)


def is_gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


def test_killed_it_serves_again_and_again(parent):
    process = parent(WAITS)
    for times in range(3):
        before, pid = child_of(process)
        assert before == times
        os.kill(pid, signal.SIGKILL)
    assert process.poll() is None


@pytest.mark.parametrize(
    ("does", "status"),
    [("return 0", 0), ("sys.exit(7)", 7), ("raise LookupError", 1), ("os.abort()", 128 + 6)],
)
def test_any_other_end_is_the_end_of_all(does, status, parent):
    process = parent(does)
    child_of(process)
    assert process.wait(20) == status
    assert process.stdout.read() == ""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_passed_on(number, parent):
    process = parent(WAITS)
    child_of(process)
    process.send_signal(number)
    assert process.wait(20) == 128 + number


def test_a_child_that_is_killed_while_it_stops_is_the_last(parent):
    heeds = "signal.signal(signal.SIGTERM, lambda *_: print('heard', flush=True)); "
    process = parent(f"{heeds}print('ready', flush=True); {WAITS}")
    _, pid = child_of(process)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "heard\n"
    os.kill(pid, signal.SIGKILL)
    assert process.wait(20) == 128 + signal.SIGKILL


def test_a_child_hears_that_its_parent_is_gone(parent):
    process = parent(WAITS)
    _, pid = child_of(process)
    process.kill()
    process.wait()
    assert eventually(lambda: is_gone(pid))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_no_signal_is_missed_however_early_it_comes(number, parent):
    for _ in range(3):
        process = parent(WAITS)
        child_of(process)  # it may have told so before its parent waits for it
        process.send_signal(number)
        assert process.wait(20) == 128 + number
