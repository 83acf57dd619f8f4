"""The machine: which cores a process is kept on, what it used of them, and in what state it is."""

import os
import platform
from collections import defaultdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
CALIBRATION_ROUNDS = 1_000_000
_PROC = Path("/proc")
KNOWS_CPU = (_PROC / "self" / "stat").exists()


def cores_for(workers, cores):
    """Return the cores of the server and those of the load and the stores.

    Where there is no core left over for the load, both have all of them.
    """
    if len(cores) > workers:
        return set(cores[:workers]), set(cores[workers:])
    return set(cores), set(cores)


def pin(pid, cores):
    """Keep a process, with all its threads, on these cores, where the system can."""
    if CORES:
        for task in (_PROC / str(pid) / "task").iterdir():
            os.sched_setaffinity(int(task.name), cores)


def family(pid, *, without=()):
    """Return a process and all that came of it, but those `without` and what came of them."""
    children = defaultdict(list)
    for one in _PROC.glob("[0-9]*"):
        if (fields := _stat(one.name)) is not None:
            children[int(fields[1])].append(int(one.name))
    found, left = [], [pid]
    while left:
        one = left.pop()
        if one not in without:
            found.append(one)
            left += children[one]
    return found


def cpu_seconds(pids):
    """Return what processes used so far, user and system, in ticks of mostly 10 ms."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid) or ["0"] * 13
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """Return the fields of /proc/PID/stat after the name, or None: it has ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    return text.rpartition(") ")[2].split()


def memory_left_bytes():
    """Return how much memory can still be had, or None where that is not known."""
    try:
        lines = (_PROC / "meminfo").read_text().splitlines()
    except OSError:
        return None
    (kib,) = (line.split()[1] for line in lines if line.startswith("MemAvailable"))
    return int(kib) * 1_024


def state():
    """Return what the machine is, and the versions that move the floor."""
    return {
        "cores": len(CORES) or os.cpu_count(),
        "processor": _processor(),
        "python": f"{platform.python_version()} ({platform.python_compiler()})",
        "uvicorn, redis-py": f"{version('uvicorn')}, {version('redis')}",
    }


def weather():
    """Return how busy the machine is now: load, and how long a fixed loop takes."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return {"load of 1, 5, 15 min": load, "ns a round of a fixed loop": round(calibrate())}


def calibrate():
    """Return the nanoseconds that a round of a fixed loop takes here now, the best of five."""
    return min(_loop_seconds() for _ in range(5)) / CALIBRATION_ROUNDS * 1e9


def _loop_seconds():
    seen, began = 0, perf_counter()
    for n in range(CALIBRATION_ROUNDS):
        seen = (seen + n * 7) % 1_000_003
    return perf_counter() - began


@cache
def _processor():
    try:
        lines = (_PROC / "cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((x.partition(": ")[2] for x in lines if x.startswith("model name")), "")
