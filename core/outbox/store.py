"""Messages owed, in SQL: put once, claimed by one sender at a time, and what became of them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import and_, exists, func, literal_column, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert  # SQLite's ON CONFLICT is the same

from core.database.database import Database
from core.database.statements import Connection, Plain, Row, Statement, given, stamp
from core.database.tables import opt_outs, outbox
from core.messages import Receipt
from core.outbox.message import ASIDE_MAX, OTHERS_SECONDS, Claimed, Outgoing
from core.outbox.quiet_hours import awake
from core.outbox.receipts import DEAD, QUEUED
from core.outbox.rows import CLAIMED, PUT, QUIET, columns_of, read_claimed
from core.outbox.tracking import cut, track, write_names

Plains = dict[str, Plain]

_PUT = Statement(
    insert(outbox)
    .values({name: given(name) for name in PUT})
    .values(status=given("status"), attempts=0)
    .on_conflict_do_nothing(index_elements=["key"])
)

_earlier = outbox.alias("earlier")
_waits_for = select(_earlier.c.id).where(
    _earlier.c.kind == outbox.c.kind,
    _earlier.c.value == outbox.c.value,
    _earlier.c.channel == outbox.c.channel,
    _earlier.c.status == QUEUED,
    _earlier.c.id < outbox.c.id,
    _earlier.c.not_before <= given("now"),
    _earlier.c.bulk <= outbox.c.bulk,
    or_(_earlier.c.quiet == "", outbox.c.quiet != ""),  # an answer waits for answers only
    outbox.c.not_after.is_(None),  # a code would be too late
)
# Not as NOT EXISTS: PostgreSQL would join all that is owed to all that is owed.
_is_first = _waits_for.limit(literal_column("1")).scalar_subquery().is_(None)
_opted_out = exists().where(
    outbox.c.answers_request == 0,
    opt_outs.c.kind == outbox.c.kind,
    opt_outs.c.value == outbox.c.value,
    opt_outs.c.out == 1,
)
_DUE = Statement(
    select(outbox.c.id, _opted_out, outbox.c.attempts, *(outbox.c[name] for name in CLAIMED))
    .where(
        outbox.c.status == text("'queued'"),  # as the index on what is due has it
        outbox.c.bulk == given("bulk"),
        outbox.c.due_at <= given("now"),
        or_(
            outbox.c.origin == "",
            given("accounts").like(
                literal_column("'% '").op("||")(outbox.c.origin).op("||")(literal_column("' %'"))
            ),
            outbox.c.due_at <= given("others"),
        ),
        _is_first,
    )
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(given("limit"))
    .with_for_update(skip_locked=True, of=outbox)
)
_this = outbox.c.id == given("this")
_queued = and_(_this, outbox.c.status == QUEUED)
_LEASE = Statement(
    update(outbox)
    .where(_this)
    .values(
        due_at=given("until"),
        attempts=outbox.c.attempts + 1,
        unsure_of="",
        tried_at=func.coalesce(outbox.c.tried_at, given("now")),
    )
)
_SILENCE = Statement(update(outbox).where(_this).values(status="opted_out"))
_SENT = Statement(
    update(outbox)
    .where(
        _this,
        outbox.c.status.in_([QUEUED, DEAD]),  # dead: another's lease had run out
        outbox.c.refused_by.not_like(given("failed")),  # its receipt was quicker than its answer
    )
    .values(
        status="sent",
        provider=given("by"),
        provider_id=given("called"),
        sent_at=given("at"),
    )
)
_FAILED_MEANWHILE = Statement(
    update(outbox)
    .where(_queued, outbox.c.refused_by.like(given("failed")))
    .values(due_at=given("at"))
)
_RETRY = Statement(
    update(outbox)
    .where(_queued)
    .values(
        due_at=given("until"),
        why=given("reason"),
        refused_by=given("refused"),
        unsure_of=given("unsure"),
        doubts=outbox.c.doubts + given("more"),
    )
)
_DEAD = Statement(
    update(outbox)
    .where(_queued)
    .values(status=DEAD, why=func.coalesce(func.nullif(given("reason"), ""), outbox.c.why))
)
_PUT_OFF = Statement(
    update(outbox).where(_this).values(due_at=given("until"), not_before=given("until"))
)
_named = outbox.c.key == given("key")
_WITHDRAW = Statement(
    update(outbox).where(_named, outbox.c.status.in_([QUEUED, DEAD])).values(status="withdrawn")
)
# Its receipt may still say that it failed: then nobody else is to send it.
_OUTDATE = Statement(
    update(outbox).where(_named, outbox.c.status == "sent").values(not_after=outbox.c.created_at)
)


def owe(connection: Connection, message: Outgoing, *, status: str = QUEUED) -> None:
    """Owe a message in the transaction that is going on, unless its key is owed already."""
    connection.run(_PUT, **{**columns_of(message), "status": status})


def owe_all(connection: Connection, messages: Iterable[Outgoing]) -> None:
    """Owe messages as `owe` does, many at once."""
    connection.run_many(_PUT, [columns_of(message) for message in messages])


def withdraw(connection: Connection, keys: Iterable[str]) -> None:
    """Owe messages no longer, in the transaction that is going on.

    One that was sent already is not sent again, whatever becomes of it.
    """
    for key in keys:
        if not connection.run(_WITHDRAW, key=key):
            connection.run(_OUTDATE, key=key)


class SqlOutbox:
    """Messages owed, and what became of them. A claimed one is not due until its lease ends."""

    def __init__(self, database: Database, *, accounts: Collection[str] = ()) -> None:
        """`accounts` are our numbers, where another gateway on the same database has others.

        What answers a message to a number that is not among them (`headers["to"]`) is left to the
        other gateway for `OTHERS_SECONDS`.
        """
        self._database = database
        self._accounts = f" {' '.join(accounts)} "
        self._patience = timedelta(seconds=OTHERS_SECONDS if accounts else 0)

    async def put(self, message: Outgoing) -> None:
        """Owe it, durably, unless `message.key` is owed already."""
        await self._database.write(lambda connection: owe(connection, message))

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Claimed]:
        """Take due messages, oldest first, one at a time to each address and channel.

        Nobody else gets them until the lease runs out.
        A message that leaves people alone at night is put off until the morning instead.
        """
        until = stamp(now + timedelta(seconds=lease_seconds))
        among: Plains = {"accounts": self._accounts, "others": stamp(now - self._patience)}
        operation = partial(_claim, now=now, until=until, limit=limit, among=among)
        return await self._database.write(operation)

    async def sent(self, id: str, *, provider: str, provider_id: str, at: datetime) -> None:  # noqa: A002
        """Mark as handed to `provider`, which calls it `provider_id`.

        Where its receipt of failure was quicker, the message is due for the next provider.
        """
        values: dict[str, Plain] = {"this": int(id), "failed": f'%"{provider}"%', "at": stamp(at)}

        def note(connection: Connection) -> None:
            if not connection.run(_SENT, by=provider, called=provider_id, **values):
                connection.run(_FAILED_MEANWHILE, **values)

        await self._database.write(note)

    async def retry(
        self,
        id: str,  # noqa: A002
        *,
        due_at: datetime,
        why: str,
        refused_by: Sequence[str] = (),
        unsure_of: str = "",
    ) -> None:
        """Give it back, to be claimed again at `due_at`; with `unsure_of` it is a doubt more."""
        await self._write(
            _RETRY,
            this=int(id),
            until=stamp(due_at),
            reason=cut(why),
            refused=write_names(refused_by),
            unsure=unsure_of,
            more=int(bool(unsure_of)),
        )

    async def dead(self, id: str, *, why: str) -> None:  # noqa: A002
        """Give up, and keep it for the operator."""
        await self._write(_DEAD, this=int(id), reason=cut(why))

    async def receipt(self, receipt: Receipt, *, at: datetime) -> bool:
        """Move the message forward, never back; say whether it was one of ours.

        One that was taken and then failed is owed again, by another provider if there is one.
        A receipt that bears our reference settles a message whose hand-over was not sure.
        """
        return await self._database.write(partial(track, receipt=receipt, at=stamp(at)))

    async def _write(self, statement: Statement, **values: str | int) -> None:
        await self._database.write(lambda connection: connection.run(statement, **values))


def _claim(
    connection: Connection, *, now: datetime, until: str, limit: int, among: Plains
) -> Sequence[Claimed]:
    claimed: list[Claimed] = []
    aside = 0
    for bulk in (0, 1):
        while (room := min(limit - len(claimed), ASIDE_MAX - aside)) > 0:
            rows = connection.all(_DUE, now=stamp(now), bulk=bulk, limit=room, **among)
            if not rows:
                break
            ready = _put_aside(connection, rows, now)
            leased: Plains = {"until": until, "now": stamp(now)}
            connection.run_many(_LEASE, [{"this": row[0], **leased} for row in ready])
            claimed += [read_claimed(row, now) for row in ready]
            aside += len(rows) - len(ready)
            if len(ready) == len(rows) < room:
                break  # there are no more, and none was put aside that held others up
    return claimed


def _put_aside(connection: Connection, rows: Sequence[Row], now: datetime) -> Sequence[Row]:
    """Put messages aside that may not be sent, or not now; return the others."""
    mornings = {row[0]: awake(now, row[QUIET]) if row[QUIET] else now for row in rows}
    silent = [row[0] for row in rows if row[1]]
    early = [row[0] for row in rows if not row[1] and mornings[row[0]] > now]
    connection.run_many(_SILENCE, [{"this": this} for this in silent])
    connection.run_many(
        _PUT_OFF, [{"this": this, "until": stamp(mornings[this])} for this in early]
    )
    return [row for row in rows if row[0] not in {*silent, *early}]
