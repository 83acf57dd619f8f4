"""A bound on the processor time that one piece of work on the main thread may take.

A timer of the process interrupts it by a signal, which Python's regular expressions heed while
they match, so that even a pattern that would never come to an end is cut. An event loop is not in
its way: the handler is Python's own, and does nothing outside of the work.
"""

import signal
from collections.abc import Callable
from math import inf
from time import thread_time
from types import FrameType
from typing import Final, TypeVar

TICK_SECONDS: Final = 0.02  # of the whole process, from one look at the clock to the next

_Result = TypeVar("_Result")


class OverBudgetError(Exception):
    """The work took more time than it had, and was cut."""


def spend(seconds: float, work: Callable[[], _Result]) -> _Result:
    """Return what the work returns; raise `OverBudgetError` once it took so many seconds.

    On the main thread only, one at a time.
    """
    end = thread_time() + seconds

    def tick(_signal: int, _frame: FrameType | None) -> None:
        if thread_time() >= end:  # other threads spend the process's time, too
            raise OverBudgetError

    signal.signal(signal.SIGPROF, tick)  # and stays, for a tick that comes late
    signal.siginterrupt(signal.SIGPROF, False)  # noqa: FBT003 others' calls go on
    try:
        signal.setitimer(signal.ITIMER_PROF, seconds, TICK_SECONDS)
        try:
            return work()
        finally:
            end = inf  # a tick that comes just before this is caught by the other
    finally:
        end = inf
        signal.setitimer(signal.ITIMER_PROF, 0)
