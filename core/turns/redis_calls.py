"""What calls Redis: one command in, its answer out, whatever carries it there."""

import errno
from typing import Any, Protocol

from core.database.causes import NO_FUNCTION, Report, cause_of
from core.database.unavailable import UnavailableError

WAITING_MAX = 20_000  # calls that wait for an answer; more is an overload, told at once
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 4.0  # well within a turn


class Calls(Protocol):
    """Answers come in the order of the calls; a call that fails reports its cause once.

    A call may reach Redis twice, where a line was lost before its answer came. Send only what does
    no harm then: reads, and writes that name the version they follow.
    """

    async def call(self, *args: Any) -> Any:
        """Return Redis's answer to one command, or raise `UnavailableError` from what it was."""
        ...

    async def load(self, code: str) -> None:
        """Give Redis a library of functions, in the place of an older one."""
        ...

    async def close(self) -> None:
        """Close the connections; whoever still waits is told that it failed."""
        ...


def given(answer: Any, report: Report) -> Any:
    """Return the answer, unless it is an error; all but a function not loaded yet is reported."""
    if isinstance(answer, Exception):
        cause = cause_of(answer)
        if cause != NO_FUNCTION:
            report(cause)
        raise UnavailableError("Redis did not do it", cause=cause) from answer
    return answer


def refuse(waiting: int, report: Report) -> None:
    """Raise `UnavailableError` where as many calls wait as may."""
    if waiting >= WAITING_MAX:
        report("queue_full")
        raise UnavailableError("too many calls wait for Redis", cause="queue_full")


def closed() -> ConnectionAbortedError:
    """Return what whoever still waits for a closed connection is told."""
    return ConnectionAbortedError(errno.ECONNABORTED, "closed by us")
