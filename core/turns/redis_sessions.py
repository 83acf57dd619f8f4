"""Conversations in Redis: one key each, written by compare-and-set on the server.

A session and the index of pending effects share a hash tag: one call can write both on a cluster.
Both are plain (core/turns/stored_form.py) or, where `form` is set so, sealed (sealed_form.py).
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from operator import itemgetter
from typing import Any, Self

from core.conversation.session import Session
from core.database.causes import NO_FUNCTION, Report, ignore_cause
from core.database.unavailable import UnavailableError
from core.turns.redis_calls import Calls
from core.turns.redis_opening import open_calls
from core.turns.sessions import PRESENT_SECONDS, SHARDS, Backlog, Saved
from core.turns.stored_form import FRESH, Keys, Plain, StoredForm

BEAT_TTL_SECONDS = 60

_FUNCTION = "satupintu_save"
_CODE = files("core.turns").joinpath("save.lua").read_text(encoding="utf-8")
_WORKERS = "w:{0}"


class RedisSessions:
    """A `SessionStore` in Redis or Valkey, alone, a cluster or behind Sentinels."""

    def __init__(
        self, calls: Calls, *, ttl_seconds: int, letter_ttl_seconds: int | None = None
    ) -> None:
        """`letter_ttl_seconds`, if less, is for what strangers may have begun by letter."""
        self._redis = calls
        self.form: StoredForm = Plain()
        self._ttl = str(ttl_seconds)
        self._letter_ttl = str(min(ttl_seconds, letter_ttl_seconds or ttl_seconds))
        self._loading: asyncio.Task[None] | None = None

    @classmethod
    def open(
        cls,
        url: str,
        *,
        ttl_seconds: int,
        letter_ttl_seconds: int | None = None,
        report: Report = ignore_cause,
        through: Callable[[Calls, Report], Calls] | None = None,
    ) -> Self:
        """Return the store at `url` (`core/turns/redis_url.py` has the forms).

        `report` gets the cause of each failed call. Calls go `through` what this returns, if set.
        """
        calls = open_calls(url, report=report)
        if through is not None:
            calls = through(calls, report)
        return cls(calls, ttl_seconds=ttl_seconds, letter_ttl_seconds=letter_ttl_seconds)

    async def load(self, conversation: str) -> Saved:
        """Return the session and its version."""
        key = self.form.keys_of(conversation).session
        stored = await self._redis.call("GET", key)
        return FRESH if stored is None else self.form.decode(key, stored)

    async def save(self, conversation: str, session: Session, *, after: int) -> bool:
        """Write version `after + 1`, only if the stored one is still `after`."""
        keys = self.form.keys_of(conversation)
        ttl = self._letter_ttl if session.may_be_forged else self._ttl
        ttl = ttl if session.pending is None else "0"
        stored = self.form.encode(keys.session, session, after + 1)
        member = self.form.member_of(conversation)
        args = (after, stored, ttl, member, session.at, session.step_label)
        return bool(await self._fcall(("FCALL", _FUNCTION, len(keys), *keys, *args)))

    async def forget(self, conversation: str) -> None:
        """Forget the session, and that it has a pending effect."""
        session, index, _ = self.form.keys_of(conversation)
        await self._redis.call("DEL", session)
        await self._redis.call("ZREM", index, self.form.member_of(conversation))

    async def pending(
        self,
        *,
        before: datetime,
        each: int,
        shards: range = range(SHARDS),
        past: Collection[str] = (),
    ) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first.

        Those `past` come first in their shards, and are passed over by their number.
        """
        until = ("-inf", f"({int(before.timestamp())}", "WITHSCORES", "LIMIT")
        over = Counter(self.form.keys_of(conversation).pending for conversation in past)
        answers = await self._each_shard(
            lambda tag: ("ZRANGEBYSCORE", key := f"p:{tag}", *until, over[key], each), shards
        )
        found = [(member, float(at)) for one in answers for member, at in _pairs(one)]
        found.sort(key=itemgetter(1))
        return list(self._conversations(member for member, _ in found))

    def _conversations(self, members: Iterable[bytes]) -> Iterator[str]:
        """Pass over a member that cannot be opened: it must not keep the others waiting."""
        for member in members:
            with contextlib.suppress(ValueError):
                yield self.form.conversation_of(member)

    async def backlog(self) -> Backlog:
        """Return how much is pending, in all shards."""
        number = sum(await self._each_shard(lambda tag: ("ZCARD", f"p:{tag}")))
        oldest = await self._each_shard(lambda tag: ("ZRANGE", f"p:{tag}", 0, 0, "WITHSCORES"))
        ages = [float(at) for one in oldest for _, at in _pairs(one)]
        return Backlog(number, datetime.fromtimestamp(min(ages), UTC) if ages else None)

    async def present(self, worker: str, *, now: datetime) -> Sequence[str]:
        """Note that `worker` is at work; return all that were, within `PRESENT_SECONDS`.

        One whose clock is wrong sees nobody and is seen by nobody: their shares then overlap.
        """
        at = int(now.timestamp())
        since, until = at - PRESENT_SECONDS, at + PRESENT_SECONDS
        await self._redis.call("ZADD", _WORKERS, at, worker)
        await self._redis.call("ZREMRANGEBYSCORE", _WORKERS, "-inf", f"({since}")
        found = await self._redis.call("ZRANGEBYSCORE", _WORKERS, since, until)
        return [one.decode() for one in found]

    async def steps(self) -> dict[str, int]:
        """Return how many turns reached each step since the store was created."""
        total: Counter[str] = Counter()
        for counts in await self._each_shard(lambda tag: ("HGETALL", f"c:{tag}")):
            total.update({step.decode(): int(count) for step, count in _pairs(counts)})
        return dict(total)

    async def beat(self, worker: int) -> None:
        """Read and write as a turn does; raise `UnavailableError` on failure."""
        keys = beat_keys(worker)
        stored = await self._redis.call("GET", keys.session)
        version = 0 if stored is None else self.form.decode(keys.session, stored).version
        beat = self.form.encode(keys.session, Session(), version + 1)
        args = (version, beat, BEAT_TTL_SECONDS, b"", 0, "beat")
        await self._fcall(("FCALL", _FUNCTION, len(keys), *keys, *args))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()

    async def _each_shard(
        self, command: Callable[[str], tuple[Any, ...]], shards: range = range(SHARDS)
    ) -> list[Any]:
        calls = (self._redis.call(*command(f"{{{shard}}}")) for shard in shards)
        return await asyncio.gather(*calls)

    async def _fcall(self, args: tuple[Any, ...]) -> Any:
        try:
            return await self._redis.call(*args)
        except UnavailableError as error:
            if error.cause != NO_FUNCTION:
                raise
        # A new server, or one that took over, lacks the function: one load serves all callers.
        if self._loading is None or self._loading.done():
            self._loading = asyncio.create_task(self._redis.load(_CODE))
        await asyncio.shield(self._loading)
        return await self._redis.call(*args)


def beat_keys(worker: int) -> Keys:
    """Return the keys of a worker's heartbeat, of an empty index, and of a count of beats."""
    tag = f"{{{worker % SHARDS}}}"
    return Keys(f"h:{tag}:{worker}", f"h:{tag}:p", f"h:{tag}:c")


def _pairs(answer: Any) -> list[tuple[bytes, Any]]:
    """Return pairs from any of the shapes of RESP2 and RESP3."""
    if isinstance(answer, dict):
        return list(answer.items())
    if answer and isinstance(answer[0], (list, tuple)):
        return [(one, other) for one, other in answer]
    return list(zip(answer[::2], answer[1::2], strict=True))
