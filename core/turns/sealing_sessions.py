"""Sealing the conversations of a Redis that was plain, while no gateway serves."""

import contextlib
from base64 import b64decode
from typing import Any, Final

from redis.exceptions import RedisError

from core.database.keyring import MARK
from core.turns.redis_batching import connect
from core.turns.sealed_form import Sealed
from core.turns.sessions import SHARDS
from core.turns.stored_form import FRESH, decode

SCANNED: Final = 1_000  # keys that one call looks at


async def seal_sessions(url: str, form: Sealed) -> int:
    """Return how many were sealed. What is interrupted goes on where it was."""
    client: Any = connect(url)
    count = 0
    try:
        for shard in range(SHARDS):
            await _seal_index(client, f"p:{{{shard}}}", form)
        async for key in client.scan_iter("s:*", count=SCANNED):
            await _seal_one(client, key.decode(), form)
            count += 1
        with contextlib.suppress(RedisError):  # its file then holds the old ones until it does so
            await client.bgrewriteaof()
    finally:
        await client.aclose()
    return count


async def _seal_index(client: Any, index: str, form: Sealed) -> None:
    for member, at in await client.zrange(index, 0, -1, withscores=True):
        if not member.startswith(MARK.encode()):
            sealed = form.member_of(member.decode())
            where = form.keys_of(member.decode()).pending
            await client.zadd(where, {sealed: at})
            await client.zrem(index, member)


async def _seal_one(client: Any, key: str, form: Sealed) -> None:
    stored, ttl = await client.get(key), await client.pttl(key)
    keys = form.keys_after(b64decode(key.rpartition(":")[2]))
    if stored is not None:
        session, version = decode(stored)
        if session != FRESH.session:
            lives = {"px": ttl} if ttl > 0 else {}
            await client.set(keys.session, form.encode(keys.session, session, version), **lives)
    await client.delete(key)
