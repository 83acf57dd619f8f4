"""How a process is: read off the process itself."""

import os
import resource
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway.runtime.metrics import Metrics

linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux counts them")


def seen(metrics, name, **labels):
    return metrics.registry.get_sample_value(name, labels)


def look(metrics, turns=0, queued=None, *, late_seconds=0.0):
    metrics.vitals.look(turns, queued or {}, late_seconds=late_seconds)


def test_what_is_under_way_is_shown():
    metrics = Metrics()
    look(metrics, 7, {"read": 0, "write": 3})
    assert seen(metrics, "satupintu_turns_in_flight") == 7
    assert seen(metrics, "satupintu_database_queued", kind="write") == 3
    look(metrics, 0, {"read": 0, "write": 0})
    assert seen(metrics, "satupintu_turns_in_flight") == 0
    assert seen(metrics, "satupintu_database_queued", kind="write") == 0


@linux
def test_open_files_and_memory_are_those_of_the_process():
    metrics = Metrics()
    look(metrics, 0, {})
    before = seen(metrics, "process_open_fds")
    with ExitStack() as stack:
        for _ in range(10):
            stack.enter_context(Path(os.devnull).open())
        look(metrics, 0, {})
        assert seen(metrics, "process_open_fds") == before + 10
    assert seen(metrics, "process_max_fds") == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    assert seen(metrics, "process_resident_memory_bytes") > 10_000_000


def test_cpu_is_counted_once():
    metrics = Metrics()
    for _ in range(3):
        look(metrics, 0, {})
    assert seen(metrics, "process_cpu_seconds_total") == pytest.approx(
        sum(os.times()[:2]), abs=0.5
    )


def test_the_version_is_shown():
    (build,) = [one for one in Metrics().registry.collect() if one.name == "satupintu_build_info"]
    (sample,) = build.samples
    assert (set(sample.labels), sample.value) == ({"version", "python"}, 1)


def test_a_loop_that_is_held_up_is_late():
    metrics = Metrics()
    for late in (-0.001, 0.0004, 1.0):
        look(metrics, late_seconds=late)
    counts = [
        seen(metrics, "satupintu_loop_lag_seconds_bucket", le=le) for le in ("0.001", "0.5", "1.0")
    ]
    assert counts == [2, 2, 3]
    assert seen(metrics, "satupintu_loop_lag_seconds_sum") == pytest.approx(1.0004)
