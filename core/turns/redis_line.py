"""Our own Redis client for the hot path: one connection, reopened when it is lost.

Written by hand because redis-py's pipelines take four times the CPU for the same calls
(docs/performance.md): objects for each pipeline and command, and a timer for each read. redis-py
remains for TLS to one server, clusters, and URLs with its own options.
"""

import asyncio
from collections import deque
from typing import Any

from hiredis import pack_command

from core.database.causes import READONLY, Report, cause_of, ignore_cause
from core.turns.redis_address import Address
from core.turns.redis_calls import ANSWER_SECONDS, CONNECT_SECONDS, closed_error, refuse, unwrap
from core.turns.redis_wire import PendingCall, Wire

RECONNECT_SECONDS = 0.05  # between the starts of two attempts to connect


class RedisLine:
    """`Calls` on one connection.

    Calls that a lost connection leaves without an answer are sent once more, on the next one.
    Redis may have run them already: a read is harmless, and a save names the version that it
    follows, so its repetition finds a newer one and returns 0, stale. To the pipeline that is a
    lost race, after which it finds its own turn. A call that timed out is not sent again.
    """

    def __init__(
        self,
        address: Address,
        *,
        report: Report = ignore_cause,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """`report` gets the cause of each failed call, except a function not loaded yet."""
        self._address = address
        self._report = report
        self._answer_seconds = answer_seconds
        self._calls: deque[PendingCall] = deque()  # those without an answer, oldest first
        self._wire: Wire | None = None
        self._runner: asyncio.Task[None] | None = None
        self._connect_at = 0.0
        self._closed = False

    async def call(self, *args: Any) -> Any:
        """Return Redis's answer to one command, or raise `UnavailableError` from its error."""
        refuse(len(self._calls), self._report)
        try:
            call = PendingCall(pack_command(args), asyncio.get_running_loop())
        except (TypeError, ValueError) as error:
            return unwrap(error, self._report)
        self._calls.append(call)
        if self._wire is not None:
            self._wire.send(call.packed)
        elif self._closed:
            self._fail(closed_error())
        elif self._runner is None:
            self._runner = asyncio.create_task(self._run())
        answer = await call.done
        if isinstance(answer, Exception) and cause_of(answer) == READONLY and self._wire:
            self._wire.end(answer)  # it is a replica now: ask anew where to connect
        return unwrap(answer, self._report)

    async def load(self, code: str) -> None:
        """Load a library of functions into Redis, replacing an older one."""
        await self.call("FUNCTION", "LOAD", "REPLACE", code)

    async def close(self) -> None:
        """Close the connection; calls without an answer fail."""
        self._closed = True
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait({self._runner})
        self._fail(closed_error())

    async def _run(self) -> None:
        """Carry calls on one connection after another, until one is lost and no call waits."""
        loop = asyncio.get_running_loop()
        try:
            while self._calls:
                await asyncio.sleep(self._connect_at - loop.time())
                self._connect_at = loop.time() + RECONNECT_SECONDS
                await self._carry(Wire(loop, answer_seconds=self._answer_seconds))
        finally:
            self._runner = None

    async def _carry(self, wire: Wire) -> None:
        try:
            await self._connect(wire)
            wire.carry(self._calls)
            self._wire = wire
            watching = asyncio.create_task(self._address.watch(wire))
            wire.lost.add_done_callback(lambda _: watching.cancel())
            await asyncio.wait({wire.lost})
            self._requeue(wire.lost.result())
        except Exception as error:  # noqa: BLE001 no caller may wait for ever
            self._fail(error)
        finally:
            self._wire = None
            wire.end(closed_error())
            await asyncio.wait({wire.lost})

    async def _connect(self, wire: Wire) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._address.open(wire)

    def _requeue(self, error: Exception) -> None:
        """Fail the calls that were sent twice or timed out; send the others once more."""
        calls, now = list(self._calls), asyncio.get_running_loop().time()
        self._calls.clear()
        for call in calls:
            if call.resent or isinstance(error, TimeoutError):
                call.settle(error)
            elif not call.done.done():
                call.resent, call.made = True, now
                self._calls.append(call)

    def _fail(self, error: Exception) -> None:
        while self._calls:
            self._calls.popleft().settle(error)
