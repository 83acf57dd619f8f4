"""How one process is: its loop's lag, what it has under way, and what the system grants it.

Counted in each worker once a second, since several workers can add up files, but no callbacks.
"""

import asyncio
import platform
import resource
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from time import process_time, time
from typing import Final, Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

WATCH_SECONDS: Final = 1.0
LAG_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5)
_PROC: Final = Path("/proc/self")
_PAGE_BYTES: Final = resource.getpagesize()

_Mode = Literal["livesum", "livemax", "livemin", "mostrecent"]


class Vitals:
    """Gauges of one process; those of several workers are added, or the worst is shown."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, says: str, mode: _Mode, *labels: str) -> Gauge:
            return Gauge(name, says, labels, registry=registry, multiprocess_mode=mode)

        says = "turns that were under way at the last look, of all workers"
        self.turns = gauge("satupintu_turns_in_flight", says, "livesum")
        says = "operations that wait for a connection to the database"
        self.queued = gauge("satupintu_database_queued", says, "livesum", "kind")
        says = "how late the event loop ran what was due"
        self.lag = Histogram(
            "satupintu_loop_lag_seconds", says, buckets=LAG_BUCKETS, registry=registry
        )
        says = "file descriptors in use, of the worker with the most"
        self.open_fds = gauge("process_open_fds", says, "livemax")
        says = "file descriptors that a worker may use"
        self.max_fds = gauge("process_max_fds", says, "livemin")
        says = "memory in use, of all workers"
        self.resident = gauge("process_resident_memory_bytes", says, "livesum")
        says = "CPU used, of all workers"
        self._cpu = Counter("process_cpu_seconds", says, registry=registry)
        says = "when the youngest worker began"
        began = gauge("process_start_time_seconds", says, "livemax")
        began.set(time())
        says = "1; the version that runs"
        build = gauge("satupintu_build_info", says, "mostrecent", "version", "python")
        build.labels(version("satupintu"), platform.python_version()).set(1)
        self._cpu_seconds = 0.0

    async def watch_forever(
        self, turns: Callable[[], int], queued: Callable[[], Mapping[str, int]]
    ) -> None:
        """Look every `WATCH_SECONDS`; `turns` and `queued` say what is under way."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + WATCH_SECONDS
            await asyncio.sleep(WATCH_SECONDS)
            self.look(turns(), queued(), late_seconds=loop.time() - due)

    def look(self, turns: int, queued: Mapping[str, int], *, late_seconds: float) -> None:
        """Set all gauges; the loop came to this look so late."""
        self.lag.observe(max(late_seconds, 0.0))
        self.turns.set(turns)
        for kind, count in queued.items():
            self.queued.labels(kind).set(count)
        used = process_time()
        self._cpu.inc(used - self._cpu_seconds)
        self._cpu_seconds = used
        self.max_fds.set(resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        with suppress(OSError):  # only Linux has them
            self.open_fds.set(sum(1 for _ in (_PROC / "fd").iterdir()) - 1)  # one is this look's
            pages = (_PROC / "statm").read_text(encoding="ascii").split()[1]
            self.resident.set(int(pages) * _PAGE_BYTES)
