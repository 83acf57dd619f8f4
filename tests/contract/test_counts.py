"""The counts are what counting the tables would give, at any moment, in both databases."""

import asyncio
import random
from collections import Counter
from functools import partial

import pytest

from core.campaign import Keep
from core.database.statements import Statement
from core.messages import Channel
from core.operators.counts import fold, read_counts
from core.operators.retention import Retention
from tests.contract.test_record_stores import MAIL, NOW, intent
from tests.fixtures.effects import recorder

RECORDS = Statement("SELECT standing, status FROM records")
INTENTS = Statement("SELECT channel, outcome FROM intents")
LEFT = Statement("SELECT COUNT(*) FROM count_changes")
INSERT = Statement("""
    INSERT INTO intents (
        intent_id, campaign, channel, provider, kind, value, message_id, received_at, nik, outcome,
        intent
    )
    VALUES (:key, 'test', :channel, 'test', 'phone', '', :key, '', '', :outcome, '{}')
""")
UPDATE = Statement("UPDATE intents SET outcome = :outcome WHERE intent_id LIKE :some")
DELETE = Statement("DELETE FROM intents WHERE intent_id LIKE :some")
SETTLE = Statement("UPDATE records SET status = 'verified', standing = 'held'")
TOUCH = Statement("UPDATE records SET status = status, standing = standing, version = version + 1")
FOLD = partial(fold, before=NOW, limit=3)


def counted(connection):
    """Return the same by counting the tables."""
    counts = {name: Counter() for name in ("standing", "status", "channel", "outcome")}
    for statement, names in ((RECORDS, ("standing", "status")), (INTENTS, ("channel", "outcome"))):
        for row in connection.all(statement):
            for name, value in zip(names, row, strict=True):
                counts[name][value] += 1
    return {name: dict(of) for name, of in counts.items()}


def both(connection):
    return read_counts(connection), counted(connection)


async def agree(database):
    shown, right = await database.read(both)
    assert shown == right
    return shown


async def left(database):
    ((count,),) = await database.read(lambda connection: connection.all(LEFT))
    return count


async def test_of_nothing_there_are_none(database):
    assert await agree(database) == {"status": {}, "standing": {}, "channel": {}, "outcome": {}}


async def test_a_record_is_counted_as_it_is_now(database):
    record = recorder(database)
    await record(intent())
    await record(intent("2", channel=Channel.EMAIL, address=MAIL))
    assert (await agree(database))["outcome"] == {"registered": 1, "already_registered": 1}
    before = await left(database)
    await database.write(lambda connection: connection.run(TOUCH))
    assert await left(database) == before  # what did not change is not noted
    await database.write(lambda connection: connection.run(SETTLE))
    assert (await agree(database))["status"] == {"verified": 1}


async def test_folding_changes_no_count_and_leaves_nothing_to_fold(database):
    record = recorder(database)
    for n in range(4):
        await record(intent(f"{n}", nik=f"327301570696000{n}"))
    shown = await agree(database)
    assert await database.write(FOLD) == 3
    assert await agree(database) == shown
    while await database.write(FOLD):
        pass
    assert await left(database) == 0
    assert await agree(database) == shown


async def test_the_sweep_folds_them(database):
    await recorder(database)(intent())
    await Retention(database, Keep(), "a").sweep(now=NOW)
    assert await left(database) == 0
    assert (await agree(database))["status"] == {"received": 1}


@pytest.mark.parametrize("seed", range(3))
async def test_writers_and_folders_at_once_lose_no_count(database, seed):
    chance = random.Random(seed)
    outcomes, channels = ("registered", "in_review", "refused"), ("sms", "ussd")

    async def write(n):
        values = {"outcome": chance.choice(outcomes), "channel": chance.choice(channels)}
        await database.write(partial(insert, key=f"{n}", **values), alone=n % 3 == 0)
        if n % 4 == 0:
            change = partial(update, some=f"{n}%", outcome=chance.choice(outcomes))
            await database.write(change)
        if n % 7 == 0:
            await database.write(lambda connection: connection.run(DELETE, some=f"{n}"))

    for start in range(0, 60, 20):
        folding = (database.write(FOLD, alone=True) for _ in range(10))
        looking = (agree(database) for _ in range(3))
        await asyncio.gather(*map(write, range(start, start + 20)), *folding, *looking)
    assert sum((await agree(database))["channel"].values()) > 0


def insert(connection, **values):
    connection.run(INSERT, **values)


def update(connection, **values):
    connection.run(UPDATE, **values)
