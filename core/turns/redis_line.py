"""A Redis line of our own for the hot path: one connection, made again when it is lost.

Written by hand because redis-py's pipelines take four times the CPU for the same calls
(docs/performance.md): objects for each pipeline and command, and a timer for each read. redis-py
stays for what this leaves out: TLS, clusters, and URLs with options of its own.
"""

import asyncio
from collections import deque
from typing import Any

from hiredis import pack_command

from core.database.causes import Report, unheard
from core.turns.redis_address import RedisAddress
from core.turns.redis_calls import ANSWER_SECONDS, CONNECT_SECONDS, closed, given, refuse
from core.turns.redis_wire import PendingCall, Wire

RECONNECT_SECONDS = 0.05  # from the beginning of one connection to the next's; calls wait for it


class RedisLine:
    """`Calls` on one connection.

    Calls that a lost connection leaves without an answer are sent once more, on the next. They may
    have been carried out already: a read does no harm, and a save names the version that it
    follows, so its repetition finds a newer one and returns 0, stale. That is a lost race, after
    which the pipeline finds its own turn. What Redis took too long over is not sent again.
    """

    def __init__(
        self,
        address: RedisAddress,
        *,
        report: Report = unheard,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        """`report` hears the cause of each call that failed, but of a function not loaded yet."""
        self._address = address
        self._report = report
        self._answer_seconds = answer_seconds
        self._calls: deque[PendingCall] = deque()  # all that have no answer yet, oldest first
        self._wire: Wire | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._connect_at = 0.0
        self._closed = False

    async def call(self, *args: Any) -> Any:
        """Return Redis's answer to one command, or raise `UnavailableError` from what it was."""
        refuse(len(self._calls), self._report)
        try:
            call = PendingCall(pack_command(args), asyncio.get_running_loop())
        except (TypeError, ValueError) as error:
            return given(error, self._report)
        self._calls.append(call)
        if self._wire is not None:
            self._wire.send(call.packed)
        elif self._closed:
            self._fail(closed())
        elif self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())
        return given(await call.done, self._report)

    async def load(self, code: str) -> None:
        """Give Redis a library of functions, in the place of an older one."""
        await self.call("FUNCTION", "LOAD", "REPLACE", code)

    async def close(self) -> None:
        """Close the connection; whoever still waits is told that it failed."""
        self._closed = True
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
        self._fail(closed())

    async def _keep(self) -> None:
        """Carry calls, on one connection after another, until one is lost and nobody waits."""
        loop = asyncio.get_running_loop()
        try:
            while self._calls:
                await asyncio.sleep(self._connect_at - loop.time())
                self._connect_at = loop.time() + RECONNECT_SECONDS
                await self._carry(Wire(loop, answer_seconds=self._answer_seconds))
        finally:
            self._keeper = None

    async def _carry(self, wire: Wire) -> None:
        try:
            await self._connect(wire)
            wire.carry(self._calls)
            self._wire = wire
            await asyncio.wait({wire.lost})
            self._keep_for_another(wire.lost.result())
        except Exception as error:  # noqa: BLE001 none of the callers may wait for ever
            self._fail(error)
        finally:
            self._wire = None
            wire.end(closed())
            await asyncio.wait({wire.lost})

    async def _connect(self, wire: Wire) -> None:
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._address.connect(lambda: wire)
            for command in self._address.greeting:
                await wire.ask(*command)

    def _keep_for_another(self, error: Exception) -> None:
        """Fail the calls that were sent twice or wait too long; send the others once more."""
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
