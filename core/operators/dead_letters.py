"""The outbox as an operator lists it, without texts, and retries of dead letters."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from core.database.audit import COMMAND, Noted, note
from core.database.database import Database
from core.database.statements import Connection, Row, Statement, iso_utc
from core.outbox.receipts import DEAD, QUEUED, WITHHELD

STATUSES = (QUEUED, DEAD, "sent", "delivered", "read", "opted_out", "withdrawn", WITHHELD)
ESCAPE = "\\"

_LIST = Statement("""
    SELECT id, channel, COALESCE(provider, ''), value, status, attempts, COALESCE(why, ''),
        created_at, due_at
    FROM outbox
    WHERE status = :status
    ORDER BY id DESC
    LIMIT :limit
""")
_RETRY = """
    UPDATE outbox
    SET status = 'queued',
        attempts = 0,
        refused_by = '[]',
        unsure_of = '',
        doubts = 0,
        tried_at = NULL,
        due_at = :now,
        not_before = :now
    WHERE status = 'dead'
        AND {condition}
"""
_RETRY_ONE = Statement(_RETRY, condition="id = :row_id")
_RETRY_ALL = Statement(_RETRY, condition=r"COALESCE(why, '') LIKE :why ESCAPE '\'")


@dataclass(frozen=True, slots=True)
class MaskedMessage:
    """A message of the outbox, with its address masked."""

    id: int
    channel: str
    provider: str
    address: str
    status: str
    attempts: int
    why: str
    created_at: str
    due_at: str


async def list_messages(database: Database, *, status: str, limit: int) -> Sequence[MaskedMessage]:
    """Return messages of one status, the newest first."""
    rows = await database.read(lambda on: on.all(_LIST, status=status, limit=limit))
    return [_message(row) for row in rows]


async def retry_dead_letters(
    database: Database, ids: Sequence[int], *, at: datetime
) -> Sequence[int]:
    """Retry dead letters as `retry` does, on the command line."""

    def run(connection: Connection) -> Sequence[int]:
        done = retry(connection, ids, at)
        note(connection, *(Noted(at, f"outbox retry {row_id}", COMMAND) for row_id in done))
        return done

    return await database.write(run, alone=True)


async def retry_all(database: Database, *, why: str, at: datetime) -> int:
    """Retry every dead letter whose reason begins with `why`; return how many."""
    return await database.write(partial(_retry_all, why=why, at=at), alone=True)


def mask(address: str) -> str:
    """Return the address masked: `+62*******001`, `s***@klinik.example`."""
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{address[:3]}{'*' * max(len(address) - 6, 3)}{address[6:][-3:]}"


def _message(row: Row) -> MaskedMessage:
    """Return the message in a row of `_LIST`, whose columns are its fields in order."""
    message = MaskedMessage(*row)
    return replace(message, address=mask(message.address))


def retry(connection: Connection, ids: Sequence[int], at: datetime) -> Sequence[int]:
    """Retry dead letters, at once and by any provider; return the ids that were dead."""
    return [row_id for row_id in ids if connection.run(_RETRY_ONE, row_id=row_id, now=iso_utc(at))]


def _retry_all(connection: Connection, *, why: str, at: datetime) -> int:
    prefix = why
    for special in (ESCAPE, "%", "_"):
        prefix = prefix.replace(special, ESCAPE + special)
    count = connection.run(_RETRY_ALL, why=f"{prefix}%", now=iso_utc(at))
    if count:
        note(connection, Noted(at, f"outbox retry of {count}, why: {why}", COMMAND))
    return count
