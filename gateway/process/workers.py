"""Several workers on the same sockets: started, watched, restarted, told to drain.

A worker holds one end of a socket pair. It writes a byte when it serves, and drains when it reads
the end of file: also when its parent was killed. A signal to the whole process group may so reach
it twice, which does no harm: only the parent forces an end.
"""

import asyncio
import contextlib
import shutil
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gateway.process.serve import DRAIN_SECONDS, Listeners, Stop
from gateway.runtime.clock import base_clock
from gateway.runtime.logs import log
from gateway.settings.configuration import Configuration
from gateway.settings.data_dir import metrics_dir
from gateway.settings.settings import Settings, reveal, worker_environment

READY = b"r"
KILL_SECONDS = DRAIN_SECONDS + 10.0
QUICK_SECONDS = 5.0  # a death sooner than this after the start counts as quick
QUICK_DEATHS_MAX = 5
PAUSE_SECONDS = 0.3


class WorkersDieError(Exception):
    """Workers die as soon as they start: another restart will not help."""


async def serve_with_workers(
    configuration: Configuration, listeners: Listeners, stop: Stop, on_ready: Callable[[], None]
) -> int:
    """Run as many workers as the settings say, until `stop`; return the exit status."""
    settings = configuration.settings
    _empty(metrics_dir(settings))
    keepers = [_Keeper(index, settings, listeners, stop) for index in range(settings.workers)]
    tasks = [asyncio.create_task(keeper.keep()) for keeper in keepers]
    greeting = asyncio.create_task(_greet_when_ready(keepers, on_ready))
    try:
        await asyncio.gather(*tasks)
    except WorkersDieError:
        log.error("workers die at once; giving up", count=QUICK_DEATHS_MAX)
        stop.ask()
        await asyncio.gather(*tasks, return_exceptions=True)
        return 1
    finally:
        greeting.cancel()
    return 0


async def _greet_when_ready(keepers: list["_Keeper"], on_ready: Callable[[], None]) -> None:
    for keeper in keepers:
        await keeper.ready.wait()
    on_ready()


def _empty(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(mode=0o700, parents=True)


def _forget_gauges(folder: Path, pid: int) -> None:
    """Remove what a worker that ended last said of itself; its counts stay."""
    for path in folder.glob(f"gauge_live*_{pid}.db"):
        path.unlink(missing_ok=True)


class _Keeper:
    def __init__(self, index: int, settings: Settings, listeners: Listeners, stop: Stop) -> None:
        self.ready = asyncio.Event()
        self._index, self._settings, self._listeners, self._stop = index, settings, listeners, stop
        self._clock = base_clock(settings)

    async def keep(self) -> None:
        """Start the worker, and restart it whenever it dies, until `stop`.

        Raises `WorkersDieError` after `QUICK_DEATHS_MAX` quick deaths in a row.
        """
        quick = 0
        while not self._stop.wanted.is_set():
            began = time.monotonic()
            status = await self._run()
            if self._stop.wanted.is_set():
                return
            quick = quick + 1 if time.monotonic() - began < QUICK_SECONDS else 0
            log.error("a worker died", worker=self._index, status=status, count=quick)
            if quick >= QUICK_DEATHS_MAX:
                raise WorkersDieError
            await asyncio.sleep(PAUSE_SECONDS * quick)

    async def _run(self) -> int:
        ours, theirs = socket.socketpair()
        with contextlib.closing(theirs):
            process = await self._spawn(theirs)
        reader, writer = await asyncio.open_connection(sock=ours)
        waiting = asyncio.create_task(self._await_ready(reader))
        ending = asyncio.create_task(self._end_on_stop(process, writer))
        try:
            return await process.wait()
        finally:
            _forget_gauges(metrics_dir(self._settings), process.pid)
            waiting.cancel()
            ending.cancel()
            writer.close()

    async def _spawn(self, control: socket.socket) -> asyncio.subprocess.Process:
        fds = (control.fileno(), *self._listeners.files())
        fields = {
            "operator_token": reveal(self._settings.operator_token),
            "redis_url": reveal(self._settings.redis_url),
        }
        if self._settings.now is not None:  # a worker that is started again goes on from there
            fields["now"] = self._clock().isoformat()
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gateway", "worker", *map(str, fds)),
            env=worker_environment(
                fields, PROMETHEUS_MULTIPROC_DIR=str(metrics_dir(self._settings))
            ),
            pass_fds=fds,
        )

    async def _await_ready(self, reader: asyncio.StreamReader) -> None:
        if await reader.read(1) == READY:
            self.ready.set()

    async def _end_on_stop(
        self, process: asyncio.subprocess.Process, writer: asyncio.StreamWriter
    ) -> None:
        """Ask the worker to drain; kill it after `KILL_SECONDS`, or when a stop is forced."""
        await self._stop.wanted.wait()
        writer.write_eof()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.forced.wait(), KILL_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            process.kill()
