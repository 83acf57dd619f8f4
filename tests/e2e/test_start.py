"""A start that goes wrong, or is told to stop: it says so at once and leaves nothing."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.process import ROOT, eventually

SWALLOWED = """
import os, signal
from gateway.process.launch import run
from gateway.process.signals import exit_on_signals
from gateway.settings.configuration import load_configuration

exit_on_signals()
try:
    os.kill(os.getpid(), signal.{name})
except BaseException:
    pass
run(load_configuration())
"""


def test_a_valkey_that_does_not_start_ends_it_before_the_database_is_migrated(gateway):
    broken = gateway(VALKEY_BIN=shutil.which("false")).launch()
    assert broken.process.wait(20) == 2
    assert "the embedded Valkey does not start" in broken.errors()
    assert not list(broken.data_dir.glob("*.db*"))


def write_program(path, *lines):
    path.write_text("\n".join(("#!/bin/sh", *lines)))
    path.chmod(0o700)
    return path


def test_a_signal_while_valkey_starts_leaves_no_child_and_no_socket_folder(gateway, tmp_path):
    pid, sockets = tmp_path / "pid", tmp_path / "sockets"
    sockets.mkdir()
    lines = (f"echo $$ > {pid}", "kill -TERM $PPID", "exec sleep 600")
    starting = gateway(VALKEY_BIN=write_program(tmp_path / "valkey", *lines))
    starting.env["TMPDIR"] = str(sockets)
    assert starting.launch().process.wait(20) == 128 + signal.SIGTERM
    assert not Path(f"/proc/{pid.read_text().strip()}").exists()
    assert list(sockets.iterdir()) == []
    assert not list(starting.data_dir.glob("*.db*"))


def test_a_second_signal_does_not_cut_the_stop_of_valkey_short(gateway, tmp_path):
    stopped = tmp_path / "stopped"
    trap = f"trap 'kill -TERM $PPID; sleep 1; touch {stopped}; exit' TERM"
    lines = (trap, "kill -TERM $PPID", "while :; do sleep 0.05; done")
    starting = gateway(VALKEY_BIN=write_program(tmp_path / "valkey", *lines)).launch()
    assert starting.process.wait(20) == 128 + signal.SIGTERM
    assert stopped.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_whose_exit_is_swallowed_still_ends_the_start(number, gateway):
    command = [sys.executable, "-c", SWALLOWED.format(name=number.name)]
    starting = gateway()
    done = subprocess.run(
        command, cwd=ROOT, env=starting.env, capture_output=True, timeout=20, check=False
    )
    assert done.returncode == 128 + number
    assert done.stdout == b""  # it never was ready
    assert not list(starting.data_dir.glob("*.db*"))


def test_a_broken_library_of_tickets_is_logged_at_the_start(gateway, tmp_path):
    (tmp_path / "segno.py").write_text("raise ImportError")
    running = gateway()
    running.env["PYTHONPATH"] = str(tmp_path)
    running.start()
    assert eventually(lambda: '"part": "segno"' in running.errors())
    assert running.client.get("/health/ready").status_code == 200
