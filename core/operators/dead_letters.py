"""Owed messages as an operator lists them, and dead letters owed again: never their words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import and_, insert, null, select, update

from core.database.database import Database
from core.database.statements import Connection, Statement, given, stamp
from core.database.tables import audit, outbox
from core.outbox.receipts import DEAD, QUEUED, WITHHELD

STATUSES = (QUEUED, DEAD, "sent", "delivered", "read", "opted_out", "withdrawn", WITHHELD)
ESCAPE = "\\"

_SHOWN = ("channel", "provider", "value", "status", "attempts", "why", "created_at", "due_at")
_LIST = Statement(
    select(outbox.c.id, *(outbox.c[name] for name in _SHOWN))
    .where(outbox.c.status == given("status"))
    .order_by(outbox.c.id.desc())
    .limit(given("limit"))
)
_owed_now = {
    "status": QUEUED,
    "attempts": 0,
    "refused_by": "[]",
    "unsure_of": "",
    "doubts": 0,
    "tried_at": null(),
    "due_at": given("now"),
    "not_before": given("now"),
}
_dead = outbox.c.status == DEAD
_RETRY = Statement(
    update(outbox).where(and_(_dead, outbox.c.id == given("this"))).values(_owed_now)
)
_RETRY_ALL = Statement(
    update(outbox).where(_dead, outbox.c.why.like(given("why"), escape=ESCAPE)).values(_owed_now)
)
_RETRY_EVERY = Statement(update(outbox).where(_dead).values(_owed_now))
_AUDIT = Statement(insert(audit).values(at=given("at"), action=given("action")))


@dataclass(frozen=True, slots=True)
class Letter:
    """An owed message as it is listed; of the address, as much as tells one from another."""

    id: int
    channel: str
    provider: str
    address: str
    status: str
    attempts: int
    why: str
    created_at: str
    due_at: str


async def list_letters(database: Database, *, status: str, limit: int) -> Sequence[Letter]:
    """Return messages of one status, the newest first."""

    def read(connection: Connection) -> Sequence[Letter]:
        rows = connection.all(_LIST, status=status, limit=limit)
        return [_letter(*row) for row in rows]

    return await database.read(read)


async def retry_letters(database: Database, ids: Sequence[int], *, at: datetime) -> Sequence[int]:
    """Owe dead letters again, at once and by any provider; return those that were dead."""
    return await database.write(partial(_retry, ids=ids, at=stamp(at)))


async def retry_all(database: Database, *, why: str, at: datetime) -> int:
    """Owe every dead letter again whose reason begins with `why`; return how many."""
    return await database.write(partial(_retry_all, why=why, at=stamp(at)))


def mask(address: str) -> str:
    """Return an address that nobody can be reached at: `+62*******001`, `s***@klinik.example`."""
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}***@{domain}"
    return f"{address[:3]}{'*' * max(len(address) - 6, 3)}{address[6:][-3:]}"


def _letter(this: int, *row: str | int | None) -> Letter:
    named = dict(zip(_SHOWN, row, strict=True))
    return Letter(
        id=this,
        channel=str(named["channel"]),
        provider=str(named["provider"] or ""),
        address=mask(str(named["value"])),
        status=str(named["status"]),
        attempts=int(named["attempts"] or 0),
        why=str(named["why"] or ""),
        created_at=str(named["created_at"]),
        due_at=str(named["due_at"]),
    )


def _retry(connection: Connection, *, ids: Sequence[int], at: str) -> Sequence[int]:
    done = [this for this in ids if connection.run(_RETRY, this=this, now=at)]
    for this in done:
        connection.run(_AUDIT, at=at, action=f"outbox retry {this}")
    return done


def _retry_all(connection: Connection, *, why: str, at: str) -> int:
    prefix = why
    for special in (ESCAPE, "%", "_"):
        prefix = prefix.replace(special, ESCAPE + special)
    count = (
        connection.run(_RETRY_ALL, why=f"{prefix}%", now=at)
        if why
        else connection.run(_RETRY_EVERY, now=at)
    )
    if count:
        connection.run(_AUDIT, at=at, action=f"outbox retry of {count}, why: {why}")
    return count
