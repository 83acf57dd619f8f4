"""The controls: the clock, the faults, letters."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.http.problems import ProblemError, respond
from gateway.operators.requests import read_body
from gateway.runtime.clock import AHEAD_SECONDS_MAX, TurnedClock
from gateway.settings.settings import Settings
from gateway.simulator.faults import SECONDS_MAX, Faults
from gateway.simulator.leaping import Leaping
from gateway.simulator.letters import BYTES_MAX, post_letter
from gateway.simulator.requests import INVALID, read_struct

KILL_SECONDS: Final = 0.05  # for the answer to leave
ACCEPTED: Final = 202

Turned = Callable[[], Awaitable[object]]


class Turning(msgspec.Struct, forbid_unknown_fields=True):
    """By how many seconds the clock is to be ahead, or what it is to say."""

    ahead_seconds: int | None = None
    at: datetime | None = None


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """What is to break; `seconds` is for how long, or by how much an answer is late."""

    kind: str
    seconds: int = 10


def says(clock: TurnedClock) -> dict[str, Any]:
    """Return what the clock says."""
    return {"ahead_seconds": clock.ahead_seconds, "at": clock().isoformat(timespec="seconds")}


async def turn_clock(request: Request, leaping: Leaping, turned: Turned) -> Response:
    """Say what the clock says; turn it first, if asked to."""
    if request.method == "POST":
        wanted = await read_struct(request, Turning)
        try:
            await leaping.turn(_ahead(wanted, leaping.clock))
        except ValueError as error:
            raise ProblemError(INVALID, str(error)) from None
        await turned()
    return respond(says(leaping.clock))


def _ahead(wanted: Turning, clock: TurnedClock) -> int:
    if wanted.ahead_seconds is not None:
        return wanted.ahead_seconds
    if wanted.at is None or wanted.at.tzinfo is None:
        raise ProblemError(INVALID, "say ahead_seconds, or at with its offset")
    try:
        return round((wanted.at - clock.base()) / timedelta(seconds=1))
    except OverflowError:
        return AHEAD_SECONDS_MAX + 1


class Breaking:
    """Breaks what it is asked to."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    async def __call__(self, request: Request) -> Response:
        """Say what is broken; break something first, if asked to."""
        if request.method == "POST":
            fault = await read_struct(request, Fault)
            if fault.kind == "kill":
                return _kill()
            self._break(fault)
        return respond({"left": self._faults.left(), "pid": os.getpid()})

    def _break(self, fault: Fault) -> None:
        most = SECONDS_MAX.get(fault.kind)
        if most is None:
            raise ProblemError(INVALID, f"kind should be one of kill, {', '.join(SECONDS_MAX)}")
        if not 0 <= fault.seconds <= most:
            raise ProblemError(INVALID, f"seconds should be from 0 to {most}")
        self._faults.begin(fault.kind, fault.seconds)


def _kill() -> Response:
    """Kill this process as a power cut does; the one that watches it starts another."""
    asyncio.get_running_loop().call_later(KILL_SECONDS, os.kill, os.getpid(), signal.SIGKILL)
    return respond({"killed": os.getpid()}, ACCEPTED)


async def send_mail(request: Request, settings: Settings) -> Response:
    """Hand the letter in the body to our own SMTP port; say how that answered."""
    return respond(await post_letter(await read_body(request, BYTES_MAX), settings))
