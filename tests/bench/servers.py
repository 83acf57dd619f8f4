"""The processes that are measured, each on the core that it is given."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

READY_SECONDS = 60
SERVER_CORE, OTHER_CORE = 0, 1


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def pin(pid, core):
    """Keep a process and all its threads on one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), {core})


def answers(url):
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1) as response:
        return response.status < 500
    return False


def wait_for(process, what):
    end = time.monotonic() + READY_SECONDS
    while not what():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("the process that is measured does not start")
        time.sleep(0.005)


@contextlib.contextmanager
def running(command, **env):
    process = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


class Gateway:
    """One worker on one core; its own Valkey on the other."""

    def __init__(self, folder, port, process):
        self.folder, self.port, self.process = Path(folder), port, process

    @property
    def redis_url(self):
        state = json.loads((self.folder / "valkey" / "server.json").read_text())
        return f"unix://{state['socket']}"

    @property
    def database(self):
        return self.folder / "satupintu.db"


@contextlib.contextmanager
def gateway(folder=None):
    """Yield a gateway that is ready, and the seconds that it took."""
    port, folder = free_port(), folder or tempfile.mkdtemp(prefix="satupintu-bench-")
    env = {
        "SATUPINTU_DATA_DIR": folder,
        "SATUPINTU_HTTP_PORT": str(port),
        "SATUPINTU_SMTP_PORT": str(free_port()),
    }
    began = time.perf_counter()
    with running([sys.executable, "-m", "gateway", "serve"], **env) as process:
        wait_for(process, lambda: answers(f"http://127.0.0.1:{port}/health/ready"))
        took = time.perf_counter() - began
        opened = Gateway(folder, port, process)
        pin(process.pid, SERVER_CORE)
        state = json.loads((opened.folder / "valkey" / "server.json").read_text())
        pin(state["pid"], OTHER_CORE)
        yield opened, took


@contextlib.contextmanager
def floor(redis_url):
    """Yield the port of the floor, on the same core and the same Valkey as the gateway."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.floor", str(port), redis_url]
    with running(command) as process:
        wait_for(process, lambda: listens(port))
        pin(process.pid, SERVER_CORE)
        yield port


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
