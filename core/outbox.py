"""Messages owed, in SQL: put once, claimed by one sender at a time, and what became of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
from sqlalchemy import and_, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database import Database
from core.message import Address, AddressKind, Channel, Receipt, Reply
from core.ports import Claimed, Outgoing
from core.receipts import QUEUED, STAND_IN, Found, called, follow
from core.statements import Connection, Plain, Row, Statement, given, stamp
from core.tables import opt_outs, outbox
from core.ticket import Ticket
from core.zones import awake

REASON_CHARACTERS_MAX = 200
ASIDE_MAX = 1_000  # messages that one claim puts off until the morning

_columns = ("key", "channel", "provider", "kind", "value", "reply", "headers", "answers_request")
_timing = ("due_at", "not_before", "bulk", "quiet")
_PUT = Statement(
    insert(outbox)
    .values({name: given(name) for name in (*_columns, *_timing, "ticket", "created_at")})
    .values(status=QUEUED, attempts=0)
    .on_conflict_do_nothing(index_elements=["key"])
)

_CLAIMED_TOO = ("created_at", "not_before", "bulk", "quiet", "ticket", "refused_by", "unsure_of")
_QUIET = 3 + len(_columns) + _CLAIMED_TOO.index("quiet")  # its place in a row
_earlier = outbox.alias("earlier")
_waits_for_another = exists().where(
    _earlier.c.kind == outbox.c.kind,
    _earlier.c.value == outbox.c.value,
    _earlier.c.channel == outbox.c.channel,
    _earlier.c.status == QUEUED,
    _earlier.c.id < outbox.c.id,
    _earlier.c.not_before <= given("now"),
    _earlier.c.bulk <= outbox.c.bulk,
)
_opted_out = exists().where(
    outbox.c.answers_request == 0,
    opt_outs.c.kind == outbox.c.kind,
    opt_outs.c.value == outbox.c.value,
    opt_outs.c.out == 1,
)
_DUE = Statement(
    select(outbox.c.id, _opted_out, outbox.c.attempts, *(outbox.c[name] for name in _columns))
    .add_columns(*(outbox.c[name] for name in _CLAIMED_TOO))
    .where(outbox.c.status == QUEUED, outbox.c.due_at <= given("now"), ~_waits_for_another)
    .order_by(outbox.c.bulk, outbox.c.due_at, outbox.c.id)
    .limit(given("limit"))
    .with_for_update(skip_locked=True, of=outbox)
)
_this = outbox.c.id == given("this")
_queued = and_(_this, outbox.c.status == QUEUED)
_LEASE = Statement(
    update(outbox).where(_this).values(due_at=given("until"), attempts=outbox.c.attempts + 1)
)
_SILENCE = Statement(update(outbox).where(_this).values(status="opted_out"))
_SENT = Statement(
    update(outbox)
    .where(_this, outbox.c.status.in_([QUEUED, "dead"]))  # dead: another's lease had run out
    .values(
        status="sent",
        provider=given("by"),
        provider_id=given("called"),
        sent_at=given("at"),
    )
)
_RETRY = Statement(
    update(outbox)
    .where(_queued)
    .values(
        due_at=given("until"),
        why=given("reason"),
        refused_by=given("refused"),
        unsure_of=given("unsure"),
    )
)
_DEAD = Statement(
    update(outbox)
    .where(_queued)
    .values(status="dead", why=func.coalesce(func.nullif(given("reason"), ""), outbox.c.why))
)
_ours = and_(
    outbox.c.provider.in_([given("by"), given("stand_in")]),
    outbox.c.provider_id == given("called"),
)
_followed = select(
    outbox.c.id,
    outbox.c.status,
    outbox.c.provider,
    outbox.c.provider_id,
    outbox.c.refused_by,
    outbox.c.unsure_of,
)
_FIND = Statement(_followed.where(_ours).with_for_update())
_FIND_OUR_OWN = Statement(_followed.where(_this).with_for_update())
_PUT_OFF = Statement(
    update(outbox).where(_this).values(due_at=given("until"), not_before=given("until"))
)
_WITHDRAW = Statement(
    update(outbox)
    .where(outbox.c.key == given("key"), outbox.c.status == QUEUED)
    .values(status="withdrawn")
)
_FOLLOW = Statement(
    update(outbox)
    .where(_this)
    .values(
        status=given("now"),
        provider=given("by"),
        provider_id=given("called"),
        refused_by=given("refused"),
        why=given("reason"),
        due_at=given("at"),
        sent_at=func.coalesce(outbox.c.sent_at, given("at")),
    )
)


def owe(connection: Connection, message: Outgoing) -> None:
    """Owe a message in the transaction that is going on, unless its key is owed already."""
    connection.run(_PUT, **_columns_of(message))


def owe_all(connection: Connection, messages: Iterable[Outgoing]) -> None:
    """Owe messages as `owe` does, many at once."""
    connection.run_many(_PUT, [_columns_of(message) for message in messages])


def _columns_of(message: Outgoing) -> dict[str, Plain]:
    due_at = message.not_before or message.created_at
    due = stamp(awake(due_at, message.quiet) if message.quiet else due_at)
    return {
        "key": message.key,
        "channel": message.channel.value,
        "provider": message.provider,
        "kind": message.address.kind.value,
        "value": message.address.value,
        "reply": msgspec.json.encode(message.reply).decode(),
        "headers": msgspec.json.encode(message.headers).decode(),
        "answers_request": int(message.answers_request),
        "due_at": due,
        "not_before": due,
        "bulk": int(message.bulk),
        "quiet": message.quiet,
        "ticket": msgspec.json.encode(message.ticket).decode() if message.ticket else None,
        "created_at": stamp(message.created_at),
    }


def withdraw(connection: Connection, keys: Iterable[str]) -> None:
    """Owe messages no longer that nobody has sent yet, in the transaction that is going on."""
    for key in keys:
        connection.run(_WITHDRAW, key=key)


class SqlOutbox:
    """An `Outbox` on SQL. A claimed message is one that is not due until its lease ends."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, message: Outgoing) -> None:
        """Owe it, durably, unless `message.key` is owed already."""
        await self._database.write(lambda connection: owe(connection, message))

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Claimed]:
        """Take due messages, oldest first, one at a time to each address and channel.

        A message that leaves people alone at night is put off until the morning instead.
        """
        until = stamp(now + timedelta(seconds=lease_seconds))
        operation = partial(_claim, now=now, until=until, limit=limit)
        return await self._database.write(operation)

    async def sent(self, id: str, *, provider: str, provider_id: str, at: datetime) -> None:  # noqa: A002
        """Mark as handed to `provider`, which calls it `provider_id`."""
        await self._write(_SENT, this=int(id), by=provider, called=provider_id, at=stamp(at))

    async def retry(
        self,
        id: str,  # noqa: A002 the port's word
        *,
        due_at: datetime,
        why: str,
        refused_by: Sequence[str] = (),
        unsure_of: str = "",
    ) -> None:
        """Give it back, to be claimed again at `due_at`."""
        where = {"refused": _text(refused_by), "unsure": unsure_of}
        await self._write(_RETRY, this=int(id), until=stamp(due_at), reason=_cut(why), **where)

    async def dead(self, id: str, *, why: str) -> None:  # noqa: A002
        """Give up, and keep it for the operator."""
        await self._write(_DEAD, this=int(id), reason=_cut(why))

    async def receipt(self, receipt: Receipt, *, at: datetime) -> bool:
        """Move the message forward, never back; say whether it was one of ours."""
        return await self._database.write(partial(_follow, receipt=receipt, at=stamp(at)))

    async def _write(self, statement: Statement, **values: str | int) -> None:
        await self._database.write(lambda connection: connection.run(statement, **values))


def _cut(why: str) -> str:
    return why[:REASON_CHARACTERS_MAX]


def _claim(connection: Connection, *, now: datetime, until: str, limit: int) -> Sequence[Claimed]:
    claimed: list[Claimed] = []
    aside = 0
    while len(claimed) < limit and aside < ASIDE_MAX:
        rows = connection.all(_DUE, now=stamp(now), limit=limit - len(claimed))
        if not rows:
            break
        for row in rows:
            if _put_aside(connection, row, now):
                aside += 1
            else:
                connection.run(_LEASE, this=row[0], until=until)
                claimed.append(_claimed(row))
    return claimed


def _put_aside(connection: Connection, row: Row, now: datetime) -> bool:
    """Put a message aside that may not be sent, or not now; say whether it was."""
    this, silent, quiet = row[0], row[1], row[_QUIET]
    if silent:
        connection.run(_SILENCE, this=this)
        return True
    morning = awake(now, quiet) if quiet else now
    if morning > now:
        connection.run(_PUT_OFF, this=this, until=stamp(morning))
    return morning > now


def _claimed(row: Row) -> Claimed:
    this, _silent, attempts, key, channel, provider, kind, value, reply, headers, *rest = row
    answers, created_at, not_before, bulk, quiet, ticket, refused_by, unsure_of = rest
    message = Outgoing(
        key=key,
        channel=Channel(channel),
        address=Address(AddressKind(kind), value),
        reply=msgspec.json.decode(reply, type=Reply),
        created_at=datetime.fromisoformat(created_at),
        provider=provider,
        answers_request=bool(answers),
        headers=msgspec.json.decode(headers, type=dict[str, str]),
        not_before=datetime.fromisoformat(not_before) if not_before else None,
        quiet=quiet,
        bulk=bool(bulk),
        ticket=msgspec.json.decode(ticket, type=Ticket) if ticket else None,
    )
    return Claimed(
        id=str(this),
        message=message,
        attempts=attempts + 1,
        refused_by=_names(refused_by),
        unsure_of=unsure_of,
    )


def _follow(connection: Connection, *, receipt: Receipt, at: str) -> bool:
    names = {"by": receipt.provider, "stand_in": STAND_IN + receipt.provider}
    found = connection.all(_FIND, **names, called=receipt.provider_id)
    if not found and receipt.reference.isdecimal():
        found = connection.all(_FIND_OUR_OWN, this=int(receipt.reference))
    for this, status, provider, provider_id, refused_by, unsure_of in found:
        seen = Found(status, provider, provider_id or "", _names(refused_by))
        if (step := follow(seen, receipt, called(receipt, provider, unsure_of))) is not None:
            connection.run(
                _FOLLOW,
                this=this,
                now=step.status,
                by=step.provider,
                called=step.provider_id or None,
                refused=_text(step.refused_by),
                reason=_cut(receipt.reason),
                at=at,
            )
    return bool(found)


def _names(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])


def _text(names: Sequence[str]) -> str:
    return msgspec.json.encode(names).decode()
