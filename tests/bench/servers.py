"""The processes that are measured, each on the cores that it is given."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.machine import CORES, cores_for, cpu_seconds, family, pin
from tests.bench.talks import TOKEN
from tests.fixtures.ports import free_port

READY_SECONDS = 60
STOP_SECONDS = 30
ANSWER_SECONDS = 30


@dataclass
class Server:
    """What is measured: a process with its workers; `stores` are the roots of the stores' own."""

    port: int
    process: subprocess.Popen
    workers: int = 1
    stores: tuple = ()
    smtp_port: int = 0
    redis_url: str = ""
    database: str = ""
    ready_seconds: float = 0.0
    _pids: list = field(default_factory=list)

    def settle(self):
        """Keep server and stores on their cores from now on, and remember who they are."""
        ours, others = cores_for(self.workers, CORES)
        self._pids = family(self.process.pid, without=self.stores)
        for pid in self._pids:
            pin(pid, ours)
        for pid in self._stores_now():
            pin(pid, others)
        return self

    def _stores_now(self):
        return [pid for root in self.stores for pid in family(root)]

    def cpu(self):
        """Return the seconds of processor that the server and that its stores used so far."""
        return cpu_seconds(self._pids), cpu_seconds(self._stores_now())

    def stats(self):
        """Return what `/api/v1/stats` counts."""
        url = f"http://127.0.0.1:{self.port}/api/v1/stats"
        request = urllib.request.Request(url, headers={"authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as response:
            return json.load(response)

    def on_record(self):
        """Return how many records there are, and how many intents made one."""
        stats = self.stats()
        made = (stats["outcome"].get(kind, 0) for kind in ("registered", "received"))
        return sum(stats["status"].values()), sum(made)


def answers(url):
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=1) as response:
        return response.status < 500
    return False


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(process, what):
    end = time.monotonic() + READY_SECONDS
    while not what():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("the process that is measured does not start")
        time.sleep(0.005)


@contextlib.contextmanager
def running(command, *, cwd=None, **env):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SATUPINTU_")}
    process = subprocess.Popen(
        command,
        env=kept | env,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=lambda: pin(os.getpid(), cores_for(1, CORES)[0]),  # noqa: PLW1509 no threads
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(STOP_SECONDS)


@contextlib.contextmanager
def gateway(*, workers=1, postgres=None, secret=""):
    """Yield a gateway that is ready, on an empty SQLite or on `postgres` (`sql.Postgres`).

    With a secret its stores are sealed.
    """
    folder = Path(tempfile.mkdtemp(prefix="satupintu-bench-"))
    port, smtp_port = free_port(), free_port()
    given = {
        "DATA_DIR": folder,
        "HTTP_PORT": port,
        "SMTP_PORT": smtp_port,
        "WORKERS": workers,
        "OPERATOR_TOKEN": TOKEN,
        "DEMO": 0,
        "SECRET": secret,
        "DATABASE_URL": postgres.dsn if postgres else "",
    }
    env = {f"SATUPINTU_{name}": str(value) for name, value in given.items()}
    began = time.perf_counter()
    with running([sys.executable, "-m", "gateway", "serve"], **env) as process:
        wait_for(process, lambda: answers(f"http://127.0.0.1:{port}/health/ready"))
        took = time.perf_counter() - began
        state = json.loads((folder / "valkey" / "server.json").read_text())
        yield Server(
            port,
            process,
            workers,
            stores=(state["pid"], *((postgres.pid,) if postgres else ())),
            smtp_port=smtp_port,
            redis_url=f"unix://{state['socket']}",
            database=postgres.dsn if postgres else f"sqlite:///{folder / 'satupintu.db'}",
            ready_seconds=took,
        ).settle()
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def beside(gateway, command, *, cwd=None):
    """Yield what `command` starts, given a port last, on the core and the Valkey of `gateway`."""
    port = free_port()
    with running([*command, str(port)], cwd=cwd) as process:
        wait_for(process, lambda: listens(port))
        yield Server(port, process, stores=gateway.stores[:1]).settle()


def floor(gateway):
    """Return the floor, to be entered."""
    return beside(gateway, [sys.executable, "-m", "tests.bench.frozen_floor", gateway.redis_url])
