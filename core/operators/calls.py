"""Answers to writing calls, kept by their Idempotency-Key: the same call is carried out once."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.database.statements import Connection, Statement, iso_utc

KEPT_HOURS: Final = 24
RUNNING_SECONDS: Final = 60  # longer than any call takes; after that a crash is assumed
_RUNNING: Final = 0  # the status of a call that has no answer yet

_CLAIM = Statement("""
    INSERT INTO api_calls (key, digest, status, body, at)
    VALUES (:key, :digest, 0, '', :at)
    ON CONFLICT (key) DO NOTHING
""")
_TAKE_OVER = Statement("""
    UPDATE api_calls
    SET at = :at
    WHERE key = :key AND digest = :digest AND status = 0 AND at < :before
""")
_READ = Statement("SELECT digest, status, body FROM api_calls WHERE key = :key")
_KEEP = Statement("UPDATE api_calls SET status = :status, body = :body WHERE key = :key")
_RELEASE = Statement("DELETE FROM api_calls WHERE key = :key AND status = 0")
_FORGET = Statement("""
    DELETE FROM api_calls
    WHERE key IN (
        SELECT key
        FROM api_calls
        WHERE at < :before
        ORDER BY at
        LIMIT :limit
    )
""")


class OtherCallError(Exception):
    """The same key was used for another call."""


class RunningError(Exception):
    """The same call is being carried out."""


class Kept(NamedTuple):
    """The answer to a call that was carried out before."""

    status: int
    body: str  # JSON


def digest_of(*parts: object) -> str:
    """Return a digest of values that JSON can write."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def claim(connection: Connection, key: str, digest: str, at: datetime) -> Kept | None:
    """Return the kept answer, or None if the caller is to carry the call out and `keep` it.

    Raises `OtherCallError` and `RunningError`.
    """
    if connection.run(_CLAIM, key=key, digest=digest, at=iso_utc(at)):
        return None
    before = iso_utc(at - timedelta(seconds=RUNNING_SECONDS))
    if connection.run(_TAKE_OVER, key=key, digest=digest, at=iso_utc(at), before=before):
        return None
    row = connection.one(_READ, key=key)
    if row is None or (row[0] == digest and row[1] == _RUNNING):
        raise RunningError
    if row[0] != digest:
        raise OtherCallError
    return Kept(int(row[1]), str(row[2]))


def keep(connection: Connection, key: str, answer: Kept) -> None:
    """Keep the answer to a claimed call."""
    connection.run(_KEEP, key=key, status=answer.status, body=answer.body)


def release(connection: Connection, key: str) -> None:
    """Give a claim back: the call changed nothing, and may be tried again."""
    connection.run(_RELEASE, key=key)


def forget_calls(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete answers older than that; return how many."""
    return connection.run(_FORGET, before=iso_utc(before), limit=limit)
