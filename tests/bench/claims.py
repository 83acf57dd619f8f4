"""How long one claim of the outbox takes beside many messages that are held up.

Everybody is owed two messages, and the first is in the hands of a sender that does not come back:
the second is due, and waits. Among them are replies that nothing holds up.
"""

from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time

from core.database.database import open_database
from core.messages import Address, AddressKind, Channel, Reply
from core.outbox.message import Outgoing
from core.outbox.store import SqlOutbox, enqueue_all
from tests.bench.load import percentile
from tests.bench.sql import crowd_phone

HELD_UP = 100_000
REPLIES = 30
BATCH = 5_000
LEASE_SECONDS = 86_400
_BEGAN = datetime(2021, 1, 15, 8, 0, tzinfo=UTC)


async def claim_ms(url):
    """Fill `url` and claim; return median, largest and mean CPU here, in milliseconds."""
    database = open_database(url)
    try:
        outbox = SqlOutbox(database)
        await _owe(database, "first", range(HELD_UP), _BEGAN)
        claimed = 0
        while claimed < HELD_UP:
            claimed += await _claim(outbox, BATCH)
        await _owe(database, "second", range(HELD_UP), _BEGAN + timedelta(seconds=1))
        replies = range(HELD_UP, HELD_UP + REPLIES)
        await _owe(database, "reply", replies, _BEGAN + timedelta(seconds=2))
        return await _time_claims(outbox)
    finally:
        await database.close()


async def _time_claims(outbox):
    seconds, used = [], process_time()
    for _ in range(REPLIES):
        began = perf_counter()
        found = await _claim(outbox, 1)
        seconds.append(perf_counter() - began)
        assert found == 1, "the claim found no reply"
    used = (process_time() - used) / REPLIES
    return tuple(1_000 * one for one in (percentile(seconds, 0.5), max(seconds), used))


async def _claim(outbox, limit):
    now = _BEGAN + timedelta(minutes=1)
    return len(await outbox.claim(now=now, lease_seconds=LEASE_SECONDS, limit=limit))


async def _owe(database, what, people, at):
    for start in range(people.start, people.stop, BATCH):
        batch = [_message(what, n, at) for n in range(start, min(start + BATCH, people.stop))]
        await database.write(lambda connection, batch=batch: enqueue_all(connection, batch))


def _message(what, n, at):
    return Outgoing(
        key=f"{what} {n}",
        channel=Channel.SMS,
        address=Address(AddressKind.PHONE, crowd_phone(n)),
        reply=Reply((), "id"),
        created_at=at,
    )
