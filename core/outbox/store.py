"""The outbox in SQL: messages are put once, claimed by one sender at a time, and settled."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from core.database.database import Database
from core.database.statements import (
    Connection,
    Plain,
    Statement,
    column_list,
    iso_utc,
    parameter_list,
)
from core.events import Receipt
from core.outbox.claims import GOES_FIRST, Room, claim
from core.outbox.message import OTHERS_SECONDS, Claimed, Outgoing
from core.outbox.receipts import QUEUED, Recorded
from core.outbox.rows import PUT, columns_of
from core.outbox.tracking import cut, record_receipt, write_names

_PUT = Statement(
    """
    INSERT INTO outbox ({columns}, attempts, held_by)
    VALUES ({values}, 0, ({goes_first} FOR NO KEY UPDATE SKIP LOCKED))
    ON CONFLICT (key) DO NOTHING
    """,
    columns=column_list(PUT),
    values=parameter_list(PUT),
    goes_first=GOES_FIRST.format(one=":", by=":not_before", where=":status = 'queued'"),
)
# 'dead': another sender gave up after this one's lease ended. `:failed` is in `refused_by` if the
# receipt of a failure came before the provider's answer.
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
# A receipt of failure may still queue it again; the sender then drops it as too late.
_OUTDATE = Statement("""
    UPDATE outbox
    SET not_after = created_at
    WHERE key = :key
        AND status = 'sent'
""")


def enqueue(
    connection: Connection, message: Outgoing, *, status: str = QUEUED, why: str = ""
) -> bool:
    """Put a message into the outbox, in the caller's transaction; False if its key is there.

    `why` says why it is not queued.
    """
    return bool(connection.run(_PUT, **columns_of(message, status, why)))


def enqueue_all(connection: Connection, messages: Iterable[Outgoing]) -> None:
    """Put many messages as `enqueue` does, in few round trips."""
    connection.run_many(_PUT, [columns_of(message, QUEUED) for message in messages])


def give_up(connection: Connection, message_id: str, *, why: str) -> bool:
    """Keep a queued message as a dead letter, in the caller's transaction; False if it is none."""
    return bool(connection.run(_DEAD, row_id=int(message_id), why=cut(why)))


def withdraw(connection: Connection, keys: Iterable[str]) -> None:
    """Withdraw the messages with these keys, in the caller's transaction.

    A message that was sent already is never sent again, even if it failed.
    """
    for key in keys:
        if not connection.run(_WITHDRAW, key=key):
            connection.run(_OUTDATE, key=key)


class SqlOutbox:
    """The outbox of one gateway. A claimed message is not due again until its lease ends."""

    def __init__(self, database: Database, *, accounts: Collection[str] = ()) -> None:
        """`accounts` are this gateway's own numbers, if another gateway shares the database.

        A reply to a message that came to another number (`headers["to"]`) is left to the other
        gateway for `OTHERS_SECONDS`.
        """
        self.database = database
        self._accounts = f" {' '.join(accounts)} "
        self._patience = timedelta(seconds=OTHERS_SECONDS if accounts else 0)

    async def put(self, message: Outgoing) -> None:
        """Store the message durably, unless its key is in the outbox already."""
        await self.database.write(lambda connection: enqueue(connection, message))

    async def claim(
        self, *, now: datetime, lease_seconds: int, limit: int, unvouched: int | None = None
    ) -> Sequence[Claimed]:
        """Lease up to `limit` due messages, oldest first and in order for an address and channel.

        At most `unvouched` of them (None: any number) are marked so, and these come later.
        No other claim returns them before the lease ends. A message with quiet hours that is due
        at night is put off until the morning instead.
        """
        until = iso_utc(now + timedelta(seconds=lease_seconds))
        among = {"accounts": self._accounts, "others": iso_utc(now - self._patience)}
        room = Room(limit, limit if unvouched is None else unvouched)
        operation = partial(claim, now=now, until=until, room=room, among=among)
        return await self.database.write(operation)

    async def sent(
        self, message_id: str, *, provider: str, provider_id: str, at: datetime
    ) -> None:
        """Note that `provider` accepted the message under the id `provider_id`.

        If its receipt of failure came first, the message is due at once for another provider.
        """
        values: dict[str, Plain] = {
            "row_id": int(message_id),
            "failed": f'%"{provider}"%',
            "at": iso_utc(at),
        }

        def note(connection: Connection) -> None:
            if not connection.run(_SENT, provider=provider, provider_id=provider_id, **values):
                connection.run(_FAILED_MEANWHILE, **values)

        await self.database.write(note)

    async def retry(
        self,
        message_id: str,
        *,
        due_at: datetime,
        why: str,
        refused_by: Sequence[str] = (),
        unsure_of: str = "",
    ) -> None:
        """Return it to the queue, due at `due_at`; a provider in `unsure_of` counts as a doubt."""
        await self._write(
            _RETRY,
            row_id=int(message_id),
            until=iso_utc(due_at),
            why=cut(why),
            refused_by=write_names(refused_by),
            unsure_of=unsure_of,
            more=int(bool(unsure_of)),
        )

    async def dead(self, message_id: str, *, why: str) -> None:
        """Give up, and keep it as a dead letter for the operator."""
        await self.database.write(partial(give_up, message_id=message_id, why=why))

    async def receipt(self, receipt: Receipt, *, at: datetime) -> Recorded:
        """Apply a provider's receipt; return what became of it.

        Receipts only move a message forward. A message that was accepted and then failed is queued
        again for another provider. A receipt with our reference settles one that was in doubt.
        """
        return await self.database.write(partial(record_receipt, receipt=receipt, at=iso_utc(at)))

    async def _write(self, statement: Statement, **values: str | int) -> None:
        await self.database.write(lambda connection: connection.run(statement, **values))
