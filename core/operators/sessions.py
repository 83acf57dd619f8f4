"""Sessions of the console: in SQL, so that every worker knows them and an end is an end."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from core.database.statements import Connection, Statement, iso_utc
from core.operators.operators import operator_of
from core.operators.roles import Operator
from core.operators.tokens import digest_of_secret

SESSION_HOURS: Final = 8
IDLE_MINUTES: Final = 30
SEEN_SECONDS: Final = 60  # a session's use is noted no more often

_ADD = Statement("""
    INSERT INTO operator_sessions (digest, operator_id, created_at, seen_at, expires_at)
    SELECT :digest, id, :now, :now, :expires_at
    FROM operators
    WHERE name = :name AND disabled_at = ''
""")
_FIND = Statement("""
    SELECT operator_sessions.seen_at, operators.name, operators.role, operators.facility_code
    FROM operator_sessions
    JOIN operators ON operators.id = operator_sessions.operator_id
    WHERE operator_sessions.digest = :digest
        AND operator_sessions.expires_at > :now
        AND operator_sessions.seen_at > :idle
        AND operators.disabled_at = ''
""")
_SEE = Statement("UPDATE operator_sessions SET seen_at = :now WHERE digest = :digest")
_END = Statement("DELETE FROM operator_sessions WHERE digest = :digest")
_FORGET = Statement("""
    DELETE FROM operator_sessions
    WHERE digest IN (
        SELECT digest
        FROM operator_sessions
        WHERE expires_at < :before
        ORDER BY expires_at
        LIMIT :limit
    )
""")


class Session(NamedTuple):
    """Who is signed in; `stale` if its use is to be noted."""

    operator: Operator
    stale: bool


def add_session(connection: Connection, name: str, secret: str, at: datetime) -> bool:
    """Add a session; return False if there is no such operator."""
    expires = iso_utc(at + timedelta(hours=SESSION_HOURS))
    values = {"digest": digest_of_secret(secret), "name": name, "expires_at": expires}
    return bool(connection.run(_ADD, **values, now=iso_utc(at)))


def find_session(connection: Connection, secret: str, at: datetime) -> Session | None:
    """Return it; None if it has ended, was idle too long, or its operator is disabled."""
    idle = iso_utc(at - timedelta(minutes=IDLE_MINUTES))
    digest = digest_of_secret(secret)
    row = connection.one(_FIND, digest=digest, now=iso_utc(at), idle=idle)
    if row is None:
        return None
    seen = datetime.fromisoformat(row[0])
    return Session(operator_of(*row[1:]), at - seen >= timedelta(seconds=SEEN_SECONDS))


def see_session(connection: Connection, secret: str, at: datetime) -> None:
    """Note that it is used."""
    connection.run(_SEE, digest=digest_of_secret(secret), now=iso_utc(at))


def end_session(connection: Connection, secret: str) -> None:
    """End it."""
    connection.run(_END, digest=digest_of_secret(secret))


def forget_sessions(connection: Connection, *, before: datetime, limit: int) -> int:
    """Delete those that have expired before then; return how many."""
    return connection.run(_FORGET, before=iso_utc(before), limit=limit)
