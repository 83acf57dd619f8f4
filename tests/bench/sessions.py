"""Live sessions in Redis by the million, and what one takes."""

from statistics import mean

from core.conversation.session import Session
from core.messages import Channel
from core.turns.redis_batching import connect
from core.turns.stored_form import Plain, encode
from tests.bench.people import name, nik
from tests.bench.sql import CROWD, crowd_phone
from tests.scripts import Person

BATCH = 5_000
MEASURED = 2_000
TTL_SECONDS = 604_800


def half_filled() -> Session:
    """Return the session of somebody who was asked for the profession."""
    person = Person()
    person.dial()
    for word in ("1", "1", nik(1), name(1)):
        person.key(word)
    assert person.session.channel == Channel.USSD
    return person.session


async def fill_sessions(redis_url, count):
    """Write `count` live sessions."""
    client, stored = connect(redis_url), encode(half_filled(), 5)
    keys_of = Plain().keys_of
    for start in range(CROWD, CROWD + count, BATCH):
        pipeline = client.pipeline(transaction=False)
        for n in range(start, min(start + BATCH, CROWD + count)):
            pipeline.set(keys_of(f"phone:{crowd_phone(n)}").session, stored, ex=TTL_SECONDS)
        await pipeline.execute()
    await client.aclose()


async def session_bytes(redis_url):
    """Return what some live sessions take with their keys: the mean, and the largest."""
    client = connect(redis_url)
    found = [key async for key in client.scan_iter("s:*", count=1_000)][:MEASURED]
    sizes = [await client.memory_usage(key) for key in found]
    await client.aclose()
    return mean(sizes), max(sizes)
