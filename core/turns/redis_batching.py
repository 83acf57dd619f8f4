"""Redis calls that are made meanwhile share one pipeline: one write, one read, one wake-up.

At a national peak hundreds of turns wait for Redis at once. Sending each call alone costs more
than all the rest of a turn.
"""

import asyncio
from typing import Any, NamedTuple

from redis.asyncio import Redis, RedisCluster

from core.database.causes import NO_FUNCTION, Report, cause_of, unheard
from core.database.unavailable import UnavailableError

BATCH_MAX = 256  # calls in one pipeline
WAITING_MAX = 20_000  # calls that wait for one; more is an overload, told at once

Client = Redis | RedisCluster


class _Call(NamedTuple):
    args: tuple[Any, ...]
    done: asyncio.Future[Any]


class Coalescing:
    """Sends calls in shared pipelines, one at a time, in the order in which they were made."""

    def __init__(self, client: Client, *, report: Report = unheard) -> None:
        """`report` hears the cause of each call that failed, but of a function not loaded yet."""
        self.client = client
        self._report = report
        self._waiting: list[_Call] = []
        self._sender: asyncio.Task[None] | None = None

    async def call(self, *args: Any) -> Any:
        """Return Redis's answer to one command, or raise `UnavailableError` from what it was."""
        if len(self._waiting) >= WAITING_MAX:
            self._report("queue_full")
            raise UnavailableError("too many calls wait for Redis", cause="queue_full")
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Call(args, done))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        answer = await done
        if isinstance(answer, Exception):
            cause = cause_of(answer)
            if cause != NO_FUNCTION:
                self._report(cause)
            raise UnavailableError("Redis did not do it", cause=cause) from answer
        return answer

    async def _send(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:BATCH_MAX], self._waiting[BATCH_MAX:]
                for call, answer in zip(batch, await self._answers(batch), strict=True):
                    if not call.done.done():  # else its caller has gone
                        call.done.set_result(answer)
        finally:
            self._sender = None

    async def _answers(self, batch: list[_Call]) -> list[Any]:
        try:
            pipeline = self.client.pipeline(transaction=False)
            for call in batch:
                pipeline.execute_command(*call.args)
            return await pipeline.execute(raise_on_error=False)
        except Exception as error:  # noqa: BLE001 none of the callers may wait for ever
            return [error] * len(batch)
