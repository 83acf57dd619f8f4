"""The port to Redis: one command in, its answer out."""

import errno
from typing import Any, Protocol

from core.database.causes import NO_FUNCTION, Report, cause_of
from core.database.unavailable import UnavailableError

WAITING_MAX = 20_000  # calls without an answer; more are refused at once
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 4.0  # well within a turn


class Calls(Protocol):
    """Answers come in the order of the calls; a failed call reports its cause once.

    A call may reach Redis twice, if a connection is lost before the answer. Send only idempotent
    commands: reads, and writes that name the version they follow.
    """

    async def call(self, *args: Any) -> Any:
        """Return Redis's answer to one command, or raise `UnavailableError` from its error."""

    async def load(self, code: str) -> None:
        """Load a library of functions into Redis, replacing an older one."""

    async def close(self) -> None:
        """Close the connections; calls without an answer fail."""


def unwrap(answer: Any, report: Report) -> Any:
    """Return the answer; if it is an error, raise it as `UnavailableError`, and report its cause.

    A function not loaded yet is not reported.
    """
    if isinstance(answer, Exception):
        cause = cause_of(answer)
        if cause != NO_FUNCTION:
            report(cause)
        raise UnavailableError("Redis did not do it", cause=cause) from answer
    return answer


def refuse(waiting: int, report: Report) -> None:
    """Raise `UnavailableError` if `WAITING_MAX` calls wait."""
    if waiting >= WAITING_MAX:
        report("queue_full")
        raise UnavailableError("too many calls wait for Redis", cause="queue_full")


def closed_error() -> ConnectionAbortedError:
    """Return the error of calls that wait while we close."""
    return ConnectionAbortedError(errno.ECONNABORTED, "closed by us")
