"""What happens to the gateway itself, its processes, its files and its clock."""

import os
import resource
import signal
import socket
import struct
import subprocess
import time
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from tests.drill.postgres_scenes import on_postgres
from tests.drill.stage import Scene, Stage, children, fill, small_disk
from tests.fixtures.crowd import valkey_of
from tests.fixtures.process import Process, eventually
from tests.fixtures.programs import find_program
from tests.fixtures.redis_servers import Server
from tests.fixtures.wires import SECRETS, ask_once

KILLS = 4
BETWEEN_SECONDS = 1.0
FULL_SECONDS = 4.0
CLOCK_SECONDS = 4.0
DISK = "24m"
FILES, IDLE = 20, 100  # files that a worker may still open, and those who connect and say nothing
SHIFT = struct.Struct("=q")  # seconds, as tests/drill/clock.c reads them


def _alone(*faults):
    """Return a scene's set-up: a gateway on its own stores, and its faults."""

    @contextmanager
    def set_up(_folder):
        yield Stage(faults=faults)

    return set_up


def _workers(gateway):
    valkey, _ = valkey_of(gateway)
    found = [pid for pid in children(gateway.process.pid) if pid != valkey]
    return [pid for pid in found if f":{gateway.http_port:04X}" in _listening(pid)]


def _listening(pid):
    """Return the ports that the process listens on, as the kernel writes them."""
    inodes = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            inodes.add(str(link.readlink()).removeprefix("socket:[").removesuffix("]"))
        except OSError:
            continue
    lines = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
    rows = (line.split() for line in lines)
    return {row[1][8:] for row in rows if row[3] == "0A" and row[9] in inodes}


def _kill_workers(gateway):
    for _ in range(KILLS):
        assert eventually(lambda: len(_workers(gateway)) == 2)
        os.kill(_workers(gateway)[0], signal.SIGKILL)
        time.sleep(BETWEEN_SECONDS)


def _start_again(number, gateway):
    """Send the supervisor a signal, and start the gateway again once it has ended."""
    group = number != signal.SIGKILL  # its workers and its Valkey must end by themselves
    status = gateway.stop(number, group=group)
    assert status in {0, -signal.SIGKILL}
    gateway.said = ""
    gateway.start()


def _few_files(gateway):
    """Let few files be opened, and strangers take them by saying nothing."""
    limits = []
    for pid in _workers(gateway):
        limits.append((pid, resource.prlimit(pid, resource.RLIMIT_NOFILE)))
        used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        soft = used + FILES
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (soft, limits[-1][1][1]))
    with ExitStack() as idle:
        for _ in range(IDLE):
            idle.enter_context(socket.create_connection(("127.0.0.1", gateway.http_port)))
        time.sleep(FULL_SECONDS)
    for pid, limit in limits:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, limit)


@contextmanager
def _turned_clock(folder):
    compiler = find_program("cc", package="gcc")
    folder.mkdir(parents=True, exist_ok=True)
    library, told = folder / "clock.so", folder / "shift"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-o", library, source], check=True)
    told.write_bytes(SHIFT.pack(0))
    env = {"LD_PRELOAD": str(library), "SHIFT_FILE": str(told)}
    faults = tuple(partial(_turn, told, by) for by in (3_600, -3_600))
    server = Server(folder / "redis")  # a Valkey of the gateway's own would share its clock
    try:
        server.start()
        yield Stage({"REDIS_URL": f"redis://127.0.0.1:{server.port}"}, faults, env)
    finally:
        server.kill()


def _turn(told, by, _gateway):
    for seconds in (by, 0):
        with told.open("r+b") as file:
            file.write(SHIFT.pack(seconds))
        time.sleep(CLOCK_SECONDS if seconds else 0)


@contextmanager
def _full_disk(folder):
    """A Redis elsewhere, and SQLite on a disk that fills."""
    server = Server(folder / "redis")
    try:
        server.start()
        with small_disk(folder / "var", DISK):
            yield Stage({"REDIS_URL": f"redis://127.0.0.1:{server.port}"}, (_fill_data,))
    finally:
        server.kill()


@contextmanager
def _all_on_full_disk(folder):
    with small_disk(folder / "var", DISK):
        yield Stage(faults=(_fill_data,))


def _fill_data(gateway):
    filler = fill(gateway.data_dir)
    time.sleep(FULL_SECONDS)
    filler.unlink()


def _back_up(gateway):
    folder = Path(gateway.data_dir).parent / "backup"
    gateway.command("backup", folder)
    gateway.command("verify", folder)


class Balancer:
    """Two gateways on the same stores, and who of them gets the next request."""

    def __init__(self):
        self.ports = []
        self._turn = 0

    def line(self, port):
        return _Balanced(self, port)

    def next_port(self):
        self._turn += 1
        return self.ports[self._turn % len(self.ports)]


class _Balanced:
    """A connection for each request, to whomever the balancer names."""

    def __init__(self, balancer, port):
        self._balancer = balancer
        if not balancer.ports:
            balancer.ports.append(port)

    async def ask(self, request):
        return await ask_once(self._balancer.next_port(), request)

    def close(self):
        pass


@contextmanager
def _rolling(folder):
    with on_postgres()(folder) as stage:
        server, balancer = Server(folder / "redis"), Balancer()
        try:
            server.start()
            stores = {**stage.settings, "REDIS_URL": f"redis://127.0.0.1:{server.port}"}
            other = Process(folder / "other", WORKERS=2, **SECRETS, **stores)
            try:
                yield Stage(stores, (partial(_roll, balancer, other),), line=balancer.line)
            finally:
                other.end()
        finally:
            server.kill()


def _roll(balancer, other, gateway):
    """Start another beside it, restart this one, end the other; each leaves the balancer first."""
    other.start()
    balancer.ports.append(other.http_port)
    time.sleep(BETWEEN_SECONDS)
    balancer.ports.remove(gateway.http_port)
    _start_again(signal.SIGTERM, gateway)
    balancer.ports.append(gateway.http_port)
    time.sleep(BETWEEN_SECONDS)
    balancer.ports.remove(other.http_port)
    assert other.stop() == 0


_AWAY = "nobody is there until it has started again"

SCENES = (
    Scene("none", "none", _alone()),
    Scene(
        *("worker-kill", "a worker: kill -9, four times", _alone(_kill_workers)),
        "turns that it was at are lost, and dialled again",
    ),
    Scene(
        "kill",
        "the supervisor: kill -9, started again",
        _alone(partial(_start_again, signal.SIGKILL)),
        _AWAY,
    ),
    Scene(
        "terminate",
        "SIGTERM under load, started again",
        _alone(partial(_start_again, signal.SIGTERM)),
        _AWAY,
    ),
    Scene(
        *("files", f"open files run out: {FILES} left, {IDLE} idle strangers", _alone(_few_files)),
        "who is connected goes on; who comes waits for a file",
    ),
    Scene("clock", "the gateway's clock +1 h, then -1 h, 4 s each", _turned_clock),
    Scene(
        "sqlite-disk", "SQLite: disk full, 4 s", _full_disk, "nobody is told what is not on record"
    ),
    Scene(
        *("disk", "the data folder's disk full (SQLite, Valkey), 4 s", _all_on_full_disk),
        "no turn is answered that cannot be kept",
    ),
    Scene("backup", "`satupintu backup` and `verify` under load", _alone(_back_up)),
    Scene("rolling", "rolling restart of two gateways behind a balancer", _rolling),
)
