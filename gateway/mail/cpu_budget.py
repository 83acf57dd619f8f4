"""Bound the processor time of one piece of work on the main thread.

A process timer (SIGPROF) interrupts the work. Python's regular expressions check signals while
they match; so even a pattern that would never end is interrupted. Event loops are not disturbed:
the handler is Python's own, and does nothing outside of the work.
"""

import signal
from collections.abc import Callable
from math import inf
from time import thread_time
from types import FrameType
from typing import Final, TypeVar

TICK_SECONDS: Final = 0.02  # of the process's CPU, between two checks

_Result = TypeVar("_Result")


class OverBudgetError(Exception):
    """The work exceeded its processor time and was interrupted."""


def run_within(seconds: float, work: Callable[[], _Result]) -> _Result:
    """Return the result of `work`; raise `OverBudgetError` once it has used `seconds` of CPU.

    On the main thread only, and never nested.
    """
    end = thread_time() + seconds

    def tick(_signal: int, _frame: FrameType | None) -> None:
        if thread_time() >= end:  # other threads use the process's time, too
            raise OverBudgetError

    signal.signal(signal.SIGPROF, tick)  # stays set, for a late tick
    signal.siginterrupt(signal.SIGPROF, False)  # noqa: FBT003 restart system calls
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, TICK_SECONDS)
        try:
            return work()
        finally:
            end = inf  # the outer one catches a tick just before this
    finally:
        end = inf
        signal.setitimer(signal.ITIMER_PROF, 0)
