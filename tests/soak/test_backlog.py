"""What ten minutes of outage left pending is settled within seconds, by two workers."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time

import pytest

from core.conversation.engine import Conversation
from core.database.database import open_database
from core.database.statements import Statement
from core.messages import Channel
from core.outbox.store import SqlOutbox
from core.turns.pipeline import Pipeline
from core.turns.redis_sessions import RedisSessions
from core.turns.sessions import SHARDS
from gateway.intake.intake import Intake
from gateway.intake.share import Share
from gateway.intake.sweeper import sweep
from gateway.runtime.deadline import Deadline
from gateway.runtime.metrics import Metrics
from tests.bench.people import nik, phone
from tests.fixtures.pending import pending
from tests.fixtures.stores import Stores
from tests.scripts import CAMPAIGN, KEYWORDS, LANGUAGES

PENDING = int(os.environ.get("BACKLOG", "10000"))
BEFORE = 1_000
SECONDS_MAX = 20.0
WORKERS = 2
_ANALYZE = Statement("ANALYZE")
_RECORDS = Statement("SELECT COUNT(*) FROM records")


async def leave_pending(sessions, people, at):
    for start in range(people.start, people.stop, 1_000):
        left = [
            pending(nik=nik(n), phone=phone(n), at=at, channel=Channel.USSD)
            for n in range(start, min(start + 1_000, people.stop))
        ]
        saved = (sessions.save(one.conversation, one.session, after=0) for one in left)
        assert all(await asyncio.gather(*saved))


def make_intake(sessions, database, effects):
    conversation = Conversation(CAMPAIGN, LANGUAGES, KEYWORDS)
    return Intake(
        pipeline=Pipeline(sessions, replace(effects, database=database), conversation),
        sessions=sessions,
        database=database,
        outbox=SqlOutbox(database),
        metrics=Metrics(),
        deadline=Deadline(5),
        nudge=lambda: None,
    )


async def settle(intakes, sessions, people):
    """Leave them pending, and sweep with all workers at once; return the seconds of that."""
    now = datetime.now(UTC)
    await leave_pending(sessions, people, now - timedelta(minutes=10))
    assert (await sessions.backlog()).number == len(people)
    began = perf_counter()
    swept = await asyncio.gather(
        *(
            sweep(intake, now=now, share=Share(range(n, SHARDS, WORKERS)))
            for n, intake in enumerate(intakes)
        )
    )
    assert sum(swept) == len(people)
    assert (await sessions.backlog()).number == 0
    return perf_counter() - began


@pytest.mark.timeout(900)
async def test_ten_thousand_are_settled_in_time(database_url, valkey_url, redis):
    sessions = RedisSessions.open(valkey_url, ttl_seconds=600)
    databases = [open_database(database_url) for _ in range(WORKERS)]
    draw = iter(range(1, 10 * (BEFORE + PENDING)))
    effects = replace(Stores().effects, draw_below=lambda _: next(draw))
    intakes = [make_intake(sessions, database, effects) for database in databases]
    try:
        await settle(intakes, sessions, range(BEFORE))
        await databases[0].write(lambda connection: connection.run(_ANALYZE))  # as any hour does
        cpu = process_time()
        seconds = await settle(intakes, sessions, range(BEFORE, BEFORE + PENDING))
        cpu = process_time() - cpu
        ((count,),) = await databases[0].read(lambda connection: connection.all(_RECORDS))
        assert count == BEFORE + PENDING
        kind = database_url.partition(":")[0]
        print(f"\n{kind}: {PENDING:,} settled in {seconds:.1f} s, {cpu:.1f} s of CPU here")
        assert seconds <= SECONDS_MAX
    finally:
        for database in databases:
            await database.close()
        await sessions.close()
