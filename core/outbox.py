"""Messages owed, in SQL: put once, claimed by one sender at a time, and what became of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import and_, exists, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database import Database
from core.message import Address, AddressKind, Channel, Receipt, ReceiptStatus, Reply
from core.ports import Claimed, Outgoing
from core.statements import Connection, Row, Statement, given, stamp
from core.tables import opt_outs, outbox

REASON_CHARACTERS_MAX = 200
_LOWEST: Final = "queued"
_FORWARD: Final = (_LOWEST, *ReceiptStatus)

_columns = ("key", "channel", "provider", "kind", "value", "reply", "headers", "answers_request")
_PUT = Statement(
    insert(outbox)
    .values({name: given(name) for name in (*_columns, "due_at", "created_at")})
    .values(status=_LOWEST, attempts=0)
    .on_conflict_do_nothing(index_elements=["key"])
)

_earlier = outbox.alias("earlier")
_waits_for_another = exists().where(
    _earlier.c.kind == outbox.c.kind,
    _earlier.c.value == outbox.c.value,
    _earlier.c.channel == outbox.c.channel,
    _earlier.c.status == _LOWEST,
    _earlier.c.id < outbox.c.id,
)
_opted_out = exists().where(
    outbox.c.answers_request == 0,
    opt_outs.c.kind == outbox.c.kind,
    opt_outs.c.value == outbox.c.value,
    opt_outs.c.out == 1,
)
_DUE = Statement(
    select(outbox.c.id, _opted_out, outbox.c.attempts, *(outbox.c[name] for name in _columns))
    .add_columns(outbox.c.created_at)
    .where(outbox.c.status == _LOWEST, outbox.c.due_at <= given("now"), ~_waits_for_another)
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(given("limit"))
    .with_for_update(skip_locked=True, of=outbox)
)
_this = outbox.c.id == given("this")
_queued = and_(_this, outbox.c.status == _LOWEST)
_LEASE = Statement(
    update(outbox).where(_this).values(due_at=given("until"), attempts=outbox.c.attempts + 1)
)
_SILENCE = Statement(update(outbox).where(_this).values(status="opted_out"))
_SENT = Statement(
    update(outbox)
    .where(_this, outbox.c.status.in_([_LOWEST, "dead"]))  # dead: another's lease had run out
    .values(
        status="sent",
        provider=given("by"),
        provider_id=given("called"),
        sent_at=given("at"),
    )
)
_RETRY = Statement(
    update(outbox).where(_queued).values(due_at=given("until"), why=given("reason"))
)
_DEAD = Statement(update(outbox).where(_queued).values(status="dead", why=given("reason")))
_ours = and_(outbox.c.provider == given("by"), outbox.c.provider_id == given("called"))
_FIND = Statement(select(outbox.c.id, outbox.c.status).where(_ours).with_for_update())
_FOLLOW = Statement(update(outbox).where(_this).values(status=given("now"), why=given("reason")))


def owe(connection: Connection, message: Outgoing) -> None:
    """Owe a message in the transaction that is going on, unless its key is owed already."""
    at = stamp(message.created_at)
    connection.run(
        _PUT,
        key=message.key,
        channel=message.channel.value,
        provider=message.provider,
        kind=message.address.kind.value,
        value=message.address.value,
        reply=msgspec.json.encode(message.reply).decode(),
        headers=msgspec.json.encode(message.headers).decode(),
        answers_request=int(message.answers_request),
        due_at=at,
        created_at=at,
    )


class SqlOutbox:
    """An `Outbox` on SQL. A claimed message is one that is not due until its lease ends."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, message: Outgoing) -> None:
        """Owe it, durably, unless `message.key` is owed already."""
        await self._database.write(lambda connection: owe(connection, message))

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Claimed]:
        """Take due messages, oldest first, one at a time to each address and channel."""
        until = stamp(now + timedelta(seconds=lease_seconds))
        operation = partial(_claim, now=stamp(now), until=until, limit=limit)
        return await self._database.write(operation)

    async def sent(self, id: str, *, provider: str, provider_id: str, at: datetime) -> None:  # noqa: A002
        """Mark as handed to `provider`, which calls it `provider_id`."""
        await self._write(_SENT, this=int(id), by=provider, called=provider_id, at=stamp(at))

    async def retry(self, id: str, *, due_at: datetime, why: str) -> None:  # noqa: A002
        """Give it back, to be claimed again at `due_at`."""
        await self._write(_RETRY, this=int(id), until=stamp(due_at), reason=_cut(why))

    async def dead(self, id: str, *, why: str) -> None:  # noqa: A002
        """Give up, and keep it for the operator."""
        await self._write(_DEAD, this=int(id), reason=_cut(why))

    async def receipt(self, receipt: Receipt, *, at: datetime) -> bool:  # noqa: ARG002
        """Move the message forward, never back; say whether it was one of ours."""
        return await self._database.write(partial(_follow, receipt=receipt))

    async def _write(self, statement: Statement, **values: str | int) -> None:
        await self._database.write(lambda connection: connection.run(statement, **values))


def _cut(why: str) -> str:
    return why[:REASON_CHARACTERS_MAX]


def _claim(connection: Connection, *, now: str, until: str, limit: int) -> Sequence[Claimed]:
    claimed: list[Claimed] = []
    while len(claimed) < limit:
        rows = connection.all(_DUE, now=now, limit=limit - len(claimed))
        if not rows:
            break
        for row in rows:
            if row[1]:
                connection.run(_SILENCE, this=row[0])
            else:
                connection.run(_LEASE, this=row[0], until=until)
                claimed.append(_claimed(row))
    return claimed


def _claimed(row: Row) -> Claimed:
    this, _silent, attempts, key, channel, provider, kind, value, reply, headers, answers, at = row
    message = Outgoing(
        key=key,
        channel=Channel(channel),
        address=Address(AddressKind(kind), value),
        reply=msgspec.json.decode(reply, type=Reply),
        created_at=datetime.fromisoformat(at),
        provider=provider,
        answers_request=bool(answers),
        headers=msgspec.json.decode(headers, type=dict[str, str]),
    )
    return Claimed(id=str(this), message=message, attempts=attempts + 1)


def _follow(connection: Connection, *, receipt: Receipt) -> bool:
    found = connection.all(_FIND, by=receipt.provider, called=receipt.provider_id)
    for this, status in found:
        if _moves_forward(status, receipt.status):
            connection.run(
                _FOLLOW, this=this, now=receipt.status.value, reason=_cut(receipt.reason)
            )
    return bool(found)


def _moves_forward(status: str, word: ReceiptStatus) -> bool:
    if word is ReceiptStatus.FAILED:
        return status == ReceiptStatus.SENT
    return status in _FORWARD and _FORWARD.index(word) > _FORWARD.index(status)
