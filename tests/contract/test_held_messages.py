"""What is held up stands outside a claim's scan, and comes back when nothing goes before it."""

import asyncio
from datetime import timedelta
from functools import partial

import psycopg
import pytest

from core.database.database import open_database
from core.database.drivers import driver_for
from core.database.statements import Connection, Statement, iso_utc
from core.events import Receipt, ReceiptStatus
from core.outbox.claims import DUE, Room, claim
from core.outbox.receipts import WITHHELD
from core.outbox.store import SqlOutbox, enqueue, withdraw
from tests.contract.test_outbox_stores import NOW, OTHER, message, wib
from tests.fixtures.plans import READ_INDEXES
from tests.fixtures.postgres import done_or_blocked

# However few messages there are, and whatever PostgreSQL knows of them.
NEW = Statement("TRUNCATE outbox CASCADE")
ERASE = Statement("DELETE FROM outbox WHERE kind = :kind AND value = :value")
ERASE_ONE = Statement("DELETE FROM outbox WHERE key = :key")
HELD = Statement("SELECT key FROM outbox WHERE held_by IS NOT NULL ORDER BY id")
CLAIM = {
    "now": NOW,
    "until": iso_utc(NOW + timedelta(minutes=1)),
    "room": Room(1, 1),
    "among": {"accounts": " ", "others": iso_utc(NOW)},
}


class Interleaved(Connection):
    """A connection beside which another commits once the claim here has found what is due."""

    def __init__(self, raw, between):
        super().__init__(raw.cursor(), "postgresql")
        self._between = between

    def all(self, statement, /, **values):
        found = super().all(statement, **values)
        if statement is DUE and found:
            self._between()
        return found


class Held:
    def __init__(self, database):
        self.database, self.outbox = database, SqlOutbox(database)

    async def put(self, *keys, **changes):
        for key in keys:
            await self.outbox.put(message(key, **changes))

    async def claim(self, at=NOW, limit=10):
        return await self.outbox.claim(now=at, lease_seconds=600, limit=limit)

    async def keys(self):
        return [claimed.message.key for claimed in await self.claim()]

    async def sent(self, claimed):
        key = claimed.message.key
        await self.outbox.sent(claimed.id, provider="p", provider_id=key, at=NOW)

    async def receipt(self, key, status, reference=""):
        receipt = Receipt(provider="p", provider_id=key, status=status, reference=reference)
        await self.outbox.receipt(receipt, at=NOW)

    async def claim_before_unheld(self, key):
        """Claim "1" again, whose sending failed once the message `key` had been put behind it."""
        await self.put("1")
        [first] = await self.claim()
        await self.sent(first)
        await self.put(key)
        await self.receipt("1", ReceiptStatus.FAILED)
        [first] = await self.claim(limit=1)
        return first

    async def erase(self, address):
        values = {"kind": address.kind.value, "value": address.value}
        await self.database.write(lambda connection: connection.run(ERASE, **values))

    async def held(self):
        rows = await self.database.read(lambda connection: connection.all(HELD))
        return [key for (key,) in rows]


@pytest.fixture
def store(database):
    return Held(database)


@pytest.fixture
async def shared(pg_emptied):
    """Return the outbox of a gateway, and a connection of another in the midst of its work."""
    database = open_database(pg_emptied)
    with psycopg.connect(pg_emptied) as raw:
        yield Held(database), raw, driver_for(pg_emptied).connection(raw.cursor(), "postgresql")
    await database.close()


async def test_what_waits_is_out_of_the_scan_and_each_releases_the_next(store):
    await store.put("1", "2", "3")
    await store.put("other", address=OTHER)
    assert await store.held() == ["2", "3"]
    first, _ = await store.claim()
    await store.sent(first)
    assert await store.held() == ["3"]
    assert await store.keys() == ["2"]


async def test_what_is_withheld_waits_for_nothing(store):
    await store.put("1")
    withhold = partial(enqueue, message=message("2"), status=WITHHELD)
    await store.database.write(withhold)
    assert await store.held() == []


@pytest.mark.parametrize("end", ["dead", "withdrawn", "delivered", "deleted"])
async def test_whatever_takes_a_message_off_the_queue_releases_the_next(store, end):
    await store.put("1", "2")
    [first] = await store.claim()
    if end == "dead":
        await store.outbox.dead(first.id, why="x")
    elif end == "withdrawn":
        await store.database.write(partial(withdraw, keys=["1"]))
    elif end == "deleted":
        await store.database.write(lambda connection: connection.run(ERASE_ONE, key="1"))
    else:
        await store.receipt("1", ReceiptStatus.DELIVERED, first.id)
    assert await store.keys() == ["2"]


async def test_what_comes_to_wait_later_is_held_by_the_claim_that_finds_it(store):
    await store.put("1")
    [first] = await store.claim()
    await store.sent(first)
    await store.put("2")
    await store.receipt("1", ReceiptStatus.FAILED)
    assert await store.held() == []
    [first] = await store.claim()
    assert (first.message.key, await store.held()) == ("1", ["2"])
    await store.outbox.sent(first.id, provider="q", provider_id="1", at=NOW)
    assert await store.keys() == ["2"]


async def test_what_is_put_off_until_its_morning_holds_nothing_up(store):
    await store.put("western", quiet="WIB")
    await store.put("eastern", quiet="WIT")
    night, morning_in_the_east = wib(20, 21), wib(21, 6)
    assert not await store.claim(night)
    [eastern] = await store.claim(morning_in_the_east)
    assert eastern.message.key == "eastern"


async def test_a_claim_reads_its_index_in_order(database):
    def plan(connection):
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect == "postgresql":
            connection.run(NEW)  # or the pages of rows that are gone count in the plan
            connection.run(READ_INDEXES)
            explain = "EXPLAIN"
        lane = {"bulk": 0, "unvouched": 0}
        values = {**lane, "now": iso_utc(NOW), "limit": 1, "accounts": " ", "others": ""}
        return str(connection.all(Statement(f"{explain} {DUE.sql}"), **values))

    found = await database.write(plan)
    assert "ix_outbox_ready " in found
    assert "Sort" not in found
    assert "TEMP B-TREE" not in found


async def test_a_message_put_while_the_one_before_is_noted_sent_is_released(shared):
    store, raw, connection = shared
    await store.put("1")
    [first] = await store.claim()
    enqueue(connection, message("2"))
    await _meet(store.sent(first), raw)
    assert await store.keys() == ["2"]


async def test_a_message_put_while_its_address_is_erased_is_released(shared):
    store, raw, connection = shared
    await store.put("1")
    enqueue(connection, message("2"))
    await _meet(store.erase(message("1").address), raw)
    assert await store.keys() == ["2"]


async def test_a_message_held_while_the_one_before_is_noted_sent_is_released(shared):
    store, raw, connection = shared
    first = await store.claim_before_unheld("2")
    assert not claim(connection, **CLAIM)
    sent = store.outbox.sent(first.id, provider="q", provider_id="1", at=NOW)
    await _meet(sent, raw)
    assert await store.keys() == ["2"]


@pytest.mark.parametrize(
    "leave",
    [
        "UPDATE outbox SET status = 'sent' WHERE key = '1'",
        "UPDATE outbox SET not_before = '2021-01-21' WHERE key = '1'",
    ],
)
async def test_a_message_is_not_held_by_one_that_left_meanwhile(shared, leave):
    store, raw, _ = shared
    await store.claim_before_unheld("2")
    with psycopg.connect(raw.info.dsn, autocommit=True) as other:
        assert not claim(Interleaved(raw, partial(other.execute, leave)), **CLAIM)
    raw.commit()
    assert await store.held() == []
    assert await store.keys() == ["2"]


async def test_what_cannot_be_held_just_now_keeps_no_claim_from_its_end(shared):
    store, raw, _ = shared
    await store.put("1")
    await store.claim()
    raw.execute("UPDATE outbox SET why = 'x' WHERE key = '1'")
    await store.put("2")
    await store.put("other", address=OTHER)
    assert (await store.keys(), await store.held()) == (["other"], [])
    raw.rollback()
    assert (await store.keys(), await store.held()) == ([], ["2"])


async def _meet(operation, raw):
    """Begin the operation, and commit what `raw` has done once the operation waits or is done."""
    task = asyncio.ensure_future(operation)
    await done_or_blocked(raw.info.dsn, task)
    raw.commit()
    await task
