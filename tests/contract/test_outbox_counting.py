"""How many messages stand where, on SQLite and on PostgreSQL."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from core.database.statements import Statement
from core.messages import Address, AddressKind, Channel, Prompt, Reply
from core.outbox import counting
from core.outbox.counting import STATES, Standing, count_messages
from core.outbox.message import Outgoing
from core.outbox.receipts import WITHHELD
from core.outbox.store import SqlOutbox, enqueue
from gateway.operators.gauges import measure_outbox
from gateway.runtime.metrics import Metrics
from tests.fixtures.plans import READ_INDEXES

NOW = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)


def message(key, *, to=1, **more):
    return Outgoing(
        key=key,
        channel=more.pop("channel", Channel.SMS),
        address=Address(AddressKind.PHONE, f"+62811100000{to}"),
        reply=Reply((Prompt("menu"),), "id"),
        created_at=NOW,
        **more,
    )


async def fill(database):
    outbox = SqlOutbox(database)
    for one in (
        message("first"),
        message("behind it"),
        message("tomorrow", to=2, not_before=NOW + timedelta(days=1)),
        message("invitation", to=3, bulk=True),
        message("chat", to=4, channel=Channel.WHATSAPP),
        message("x", to=5),
    ):
        await outbox.put(one)
    await database.write(partial(enqueue, message=message("withheld", to=6), status=WITHHELD))
    dead = Statement("UPDATE outbox SET status = 'dead' WHERE key = 'x'")
    await database.write(lambda connection: connection.run(dead))


async def test_each_message_is_counted_where_it_stands(database):
    await fill(database)
    counted = await database.read(partial(count_messages, now=NOW))
    assert counted == {
        Standing("sms", "due", bulk=False): 1,
        Standing("sms", "held", bulk=False): 1,
        Standing("sms", "later", bulk=False): 1,
        Standing("sms", "due", bulk=True): 1,
        Standing("whatsapp", "due", bulk=False): 1,
        Standing("sms", "dead", bulk=False): 1,
        Standing("sms", "withheld", bulk=False): 1,
    }


async def test_a_state_that_empties_is_shown_as_empty(database):
    await fill(database)
    metrics = Metrics()

    async def shown():
        await measure_outbox(database, metrics, now=NOW)
        labels = {"channel": "whatsapp", "state": "due", "bulk": "0"}
        return metrics.registry.get_sample_value("satupintu_outbox_messages", labels)

    assert await shown() == 1
    for one in await SqlOutbox(database).claim(now=NOW, lease_seconds=9, limit=9):
        await SqlOutbox(database).sent(one.id, provider="p", provider_id="1", at=NOW)
    assert await shown() == 0


async def test_counting_ends_at_its_bound(database, monkeypatch):
    monkeypatch.setattr(counting, "COUNTED_MAX", 3)
    for n in range(4):
        await SqlOutbox(database).put(message(f"{n}", to=n))
    counted = await database.read(partial(count_messages, now=NOW))
    assert counted == {Standing("sms", "due", bulk=False): 3}


@pytest.mark.parametrize("state", STATES)
async def test_no_count_reads_the_messages_of_the_past(database, state):
    def plan(connection):
        explain = "EXPLAIN QUERY PLAN"
        if connection.dialect == "postgresql":
            explain = "EXPLAIN"
            connection.run(READ_INDEXES)
        statement = Statement(f"{explain} {counting._COUNTS[state].sql}")
        return str(connection.all(statement, most=9, now=""))

    found = await database.read(plan)
    assert "ix_outbox_" in found
    assert "SCAN outbox'" not in found
