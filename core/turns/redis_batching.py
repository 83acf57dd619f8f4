"""Redis calls through redis-py, for TLS and clusters; concurrent calls share a pipeline.

Sending each call alone costs several times as much.
"""

import asyncio
from typing import Any, NamedTuple

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from core.database.causes import Report, ignore_cause
from core.turns.redis_calls import ANSWER_SECONDS, CONNECT_SECONDS, closed_error, refuse, unwrap
from core.turns.redis_url import RedisUrl

BATCH_MAX = 256  # calls in one pipeline

Client = Redis | RedisCluster


def connect(url: str, *, answer_seconds: float = ANSWER_SECONDS) -> Client:
    """Return a client that retries once, on a stale connection; each call has its timeout."""
    options: dict[str, Any] = {
        "socket_connect_timeout": CONNECT_SECONDS,
        "socket_timeout": answer_seconds,
        "retry": Retry(NoBackoff(), 1),
    }
    read = RedisUrl.of(url)
    if read.kind != "cluster":
        return Redis.from_url(url, **options)
    nodes = [ClusterNode(*seed) for seed in read.seeds]
    return RedisCluster(startup_nodes=nodes, ssl=read.tls, **{**options, **read.options})


class _Call(NamedTuple):
    args: tuple[Any, ...]
    done: asyncio.Future[Any]

    def settle(self, answer: Any) -> None:
        if not self.done.done():  # else the caller was cancelled
            self.done.set_result(answer)


class Coalescing:
    """`Calls` in shared pipelines, sent one at a time."""

    def __init__(self, client: Client, *, report: Report = ignore_cause) -> None:
        """`report` gets the cause of each failed call, except a function not loaded yet."""
        self.client = client
        self._report = report
        self._waiting: list[_Call] = []  # the calls in flight come first
        self._sender: asyncio.Task[None] | None = None

    async def call(self, *args: Any) -> Any:
        """Return Redis's answer to one command, or raise `UnavailableError` from its error."""
        refuse(len(self._waiting), self._report)
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Call(args, done))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())
        return unwrap(await done, self._report)

    async def load(self, code: str) -> None:
        """Load a library of functions into every primary, replacing an older one."""
        try:
            await self.client.function_load(code, replace=True)
        except (RedisError, OSError) as error:
            unwrap(error, self._report)

    async def close(self) -> None:
        """Close the connections; calls without an answer fail."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.wait({self._sender})
        for call in self._waiting:
            call.settle(closed_error())
        await self.client.aclose()

    async def _send(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:BATCH_MAX]
                answers = await self._answers(batch)
                del self._waiting[: len(batch)]
                for call, answer in zip(batch, answers, strict=True):
                    call.settle(answer)
        finally:
            self._sender = None

    async def _answers(self, batch: list[_Call]) -> list[Any]:
        try:
            pipeline = self.client.pipeline(transaction=False)
            for call in batch:
                pipeline.execute_command(*call.args)
            return await pipeline.execute(raise_on_error=False)
        except Exception as error:  # noqa: BLE001 no caller may wait for ever
            return [error] * len(batch)
