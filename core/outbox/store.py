"""Messages owed, in SQL: put once, claimed by one sender at a time, and what became of them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from core.database.database import Database
from core.database.statements import Connection, Plain, Statement, iso_utc, listed, placed
from core.messages import Receipt
from core.outbox.claims import GOES_FIRST, claim
from core.outbox.message import OTHERS_SECONDS, Claimed, Outgoing
from core.outbox.receipts import QUEUED
from core.outbox.rows import PUT, columns_of
from core.outbox.tracking import cut, record_receipt, write_names

_PUT = Statement(
    """
    INSERT INTO outbox ({columns}, attempts, held_by)
    VALUES ({values}, 0, ({goes_first} FOR NO KEY UPDATE SKIP LOCKED))
    ON CONFLICT (key) DO NOTHING
    """,
    columns=listed(PUT),
    values=placed(PUT),
    goes_first=GOES_FIRST.format(one=":", id=str(2**63 - 1), by=":not_before"),
)
# One is dead where another's lease had run out; a receipt can be quicker than the answer.
_SENT = Statement("""
    UPDATE outbox
    SET status = 'sent',
        provider = :provider,
        provider_id = :provider_id,
        sent_at = :at
    WHERE id = :row_id
        AND status IN ('queued', 'dead')
        AND refused_by NOT LIKE :failed
""")
_FAILED_MEANWHILE = Statement("""
    UPDATE outbox
    SET due_at = :at
    WHERE id = :row_id
        AND status = 'queued'
        AND refused_by LIKE :failed
""")
_RETRY = Statement("""
    UPDATE outbox
    SET due_at = :until,
        why = :why,
        refused_by = :refused_by,
        unsure_of = :unsure_of,
        doubts = doubts + :more
    WHERE id = :row_id
        AND status = 'queued'
""")
_DEAD = Statement("""
    UPDATE outbox
    SET status = 'dead',
        why = COALESCE(NULLIF(:why, ''), why)
    WHERE id = :row_id
        AND status = 'queued'
""")
_WITHDRAW = Statement("""
    UPDATE outbox
    SET status = 'withdrawn'
    WHERE key = :key
        AND status IN ('queued', 'dead')
""")
# Its receipt may still say that it failed: then nobody else is to send it.
_OUTDATE = Statement("""
    UPDATE outbox
    SET not_after = created_at
    WHERE key = :key
        AND status = 'sent'
""")


def enqueue(connection: Connection, message: Outgoing, *, status: str = QUEUED) -> None:
    """Owe a message in the transaction that is going on, unless its key is owed already."""
    connection.run(_PUT, **columns_of(message, status))


def enqueue_all(connection: Connection, messages: Iterable[Outgoing]) -> None:
    """Owe messages as `owe` does, many at once."""
    connection.run_many(_PUT, [columns_of(message, QUEUED) for message in messages])


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
        await self._database.write(lambda connection: enqueue(connection, message))

    async def claim(self, *, now: datetime, lease_seconds: int, limit: int) -> Sequence[Claimed]:
        """Take due messages, oldest first, one at a time to each address and channel.

        Nobody else gets them until the lease runs out.
        A message that leaves people alone at night is put off until the morning instead.
        """
        until = iso_utc(now + timedelta(seconds=lease_seconds))
        among = {"accounts": self._accounts, "others": iso_utc(now - self._patience)}
        operation = partial(claim, now=now, until=until, limit=limit, among=among)
        return await self._database.write(operation)

    async def sent(self, id: str, *, provider: str, provider_id: str, at: datetime) -> None:  # noqa: A002
        """Mark as handed to `provider`, which calls it `provider_id`.

        Where its receipt of failure was quicker, the message is due for the next provider.
        """
        values: dict[str, Plain] = {
            "row_id": int(id),
            "failed": f'%"{provider}"%',
            "at": iso_utc(at),
        }

        def note(connection: Connection) -> None:
            if not connection.run(_SENT, provider=provider, provider_id=provider_id, **values):
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
            row_id=int(id),
            until=iso_utc(due_at),
            why=cut(why),
            refused_by=write_names(refused_by),
            unsure_of=unsure_of,
            more=int(bool(unsure_of)),
        )

    async def dead(self, id: str, *, why: str) -> None:  # noqa: A002
        """Give up, and keep it for the operator."""
        await self._write(_DEAD, row_id=int(id), why=cut(why))

    async def receipt(self, receipt: Receipt, *, at: datetime) -> bool:
        """Move the message forward, never back; say whether it was one of ours.

        One that was taken and then failed is owed again, by another provider if there is one.
        A receipt that bears our reference settles a message whose hand-over was not sure.
        """
        return await self._database.write(partial(record_receipt, receipt=receipt, at=iso_utc(at)))

    async def _write(self, statement: Statement, **values: str | int) -> None:
        await self._database.write(lambda connection: connection.run(statement, **values))
