"""Conversations in Redis: one key each, written by compare-and-set on the server.

Keys are digests, so no phone number is in Redis's keys. A session and the index of pending
effects share a hash tag: one call can write both on a cluster.
"""

import asyncio
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any, Self

import msgspec

from core.conversation.session import SCHEMA, Session
from core.database.causes import NO_FUNCTION, Report, ignore_cause
from core.database.unavailable import UnavailableError
from core.registration.intent import RegistrationIntent
from core.turns.redis_calls import Calls
from core.turns.redis_opening import open_calls
from core.turns.sessions import Saved

SHARDS = 64  # hash tags, which spread sessions over a cluster
BEAT_TTL_SECONDS = 60

_FUNCTION = "satupintu_save"
_CODE = files("core.turns").joinpath("save.lua").read_text(encoding="utf-8")
_FRESH = Saved(Session(), 0)


def _dump(intent: RegistrationIntent) -> dict[str, Any]:
    return intent.model_dump(mode="json")


def _restore(_: type, value: Any) -> RegistrationIntent:
    return RegistrationIntent.model_validate(value)


_encoder = msgspec.json.Encoder(enc_hook=_dump)
_decoder = msgspec.json.Decoder(Session, dec_hook=_restore)


class RedisSessions:
    """A `SessionStore` in Redis or Valkey, alone, a cluster or behind Sentinels."""

    def __init__(
        self, calls: Calls, *, ttl_seconds: int, letter_ttl_seconds: int | None = None
    ) -> None:
        """`letter_ttl_seconds`, if less, is for what strangers may have begun by letter."""
        self._redis = calls
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
        stored = await self._redis.call("GET", keys_of(conversation)[0])
        return _FRESH if stored is None else decode(stored)

    async def save(self, conversation: str, session: Session, *, after: int) -> bool:
        """Write version `after + 1`, only if the stored one is still `after`."""
        keys = keys_of(conversation)
        ttl = self._letter_ttl if session.may_be_forged else self._ttl
        ttl = ttl if session.pending is None else "0"
        stored = encode(session, after + 1)
        args = (after, stored, ttl, conversation.encode(), session.at, session.step_label)
        return bool(await self._fcall(("FCALL", _FUNCTION, len(keys), *keys, *args)))

    async def forget(self, conversation: str) -> None:
        """Forget the session, and that it has a pending effect."""
        session, index, _ = keys_of(conversation)
        await self._redis.call("DEL", session)
        await self._redis.call("ZREM", index, conversation.encode())

    async def pending(self, *, before: datetime, limit: int) -> Sequence[str]:
        """Return conversations whose pending effect was saved before `before`, oldest first."""
        until = ("-inf", f"({int(before.timestamp())}", "WITHSCORES", "LIMIT", 0, limit)
        answers = await self._each_shard(lambda tag: ("ZRANGEBYSCORE", f"p:{tag}", *until))
        found = [(conversation, float(at)) for one in answers for conversation, at in _pairs(one)]
        found.sort(key=lambda pair: pair[1])
        return [conversation.decode() for conversation, _ in found[:limit]]

    async def steps(self) -> dict[str, int]:
        """Return how many turns reached each step since the store was created."""
        total: Counter[str] = Counter()
        for counts in await self._each_shard(lambda tag: ("HGETALL", f"c:{tag}")):
            total.update({step.decode(): int(count) for step, count in _pairs(counts)})
        return dict(total)

    async def beat(self, worker: int) -> None:
        """Read and write as a turn does; raise `UnavailableError` on failure."""
        keys = beat_keys(worker)
        stored = await self._redis.call("GET", keys[0])
        version = 0 if stored is None else decode(stored).version
        beat = encode(Session(), version + 1)
        args = (version, beat, BEAT_TTL_SECONDS, b"", 0, "beat")
        await self._fcall(("FCALL", _FUNCTION, len(keys), *keys, *args))

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.close()

    async def _each_shard(self, command: Callable[[str], tuple[Any, ...]]) -> list[Any]:
        calls = (self._redis.call(*command(f"{{{shard}}}")) for shard in range(SHARDS))
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


def encode(session: Session, version: int) -> bytes:
    """Return the stored form: the version, a colon, the session as JSON."""
    return b"%d:%b" % (version, _encoder.encode(session))


def decode(stored: bytes) -> Saved:
    """Return what was stored; a session that this release cannot read starts anew."""
    head, _, body = stored.partition(b":")
    version = int(head) if head.isdigit() else 0  # as save.lua counts it
    try:
        session = _decoder.decode(body)
    except ValueError:
        return Saved(_FRESH.session, version)
    return Saved(session if session.schema == SCHEMA else _FRESH.session, version)


@lru_cache(maxsize=4096)
def keys_of(conversation: str) -> tuple[str, str, str]:
    """Return the keys of the session, of its index, and of the count of steps."""
    digest = blake2b(conversation.encode("utf-8", "surrogatepass"), digest_size=15).digest()
    shard = digest[0] % SHARDS
    return f"s:{{{shard}}}:{b64encode(digest).decode()}", f"p:{{{shard}}}", f"c:{{{shard}}}"


def beat_keys(worker: int) -> tuple[str, str, str]:
    """Return the keys of a worker's heartbeat, of an empty index, and of a count of beats."""
    tag = f"{{{worker % SHARDS}}}"
    return f"h:{tag}:{worker}", f"h:{tag}:p", f"h:{tag}:c"


def _pairs(answer: Any) -> list[tuple[bytes, Any]]:
    """Return pairs from any of the shapes of RESP2 and RESP3."""
    if isinstance(answer, dict):
        return list(answer.items())
    if answer and isinstance(answer[0], (list, tuple)):
        return [(one, other) for one, other in answer]
    return list(zip(answer[::2], answer[1::2], strict=True))
