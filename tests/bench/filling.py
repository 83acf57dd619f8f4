"""Fill the stores with people, so that a turn can be measured among many."""

import sqlite3
from contextlib import closing

from core.conversation.session import Session
from core.fields.nik_slips import jumble, tail
from core.messages import Channel
from core.registration.number import draw
from core.turns.redis_sessions import connect, encode, keys_of
from tests.fixtures.people import name, nik
from tests.scripts import CAMPAIGN, Person

CROWD = 50_000_000  # their numbers begin here, far from those who dial
BATCH = 5_000
AT = "2021-01-15T08:00:00.000000+00:00"


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
    for start in range(0, count, BATCH):
        pipeline = client.pipeline(transaction=False)
        for n in range(start, min(start + BATCH, count)):
            pipeline.set(keys_of(f"phone:+62813{CROWD + n}")[0], stored, ex=604_800)
        await pipeline.execute()
    await client.aclose()


def fill_records(path, count):
    """Write `count` records with their addresses and intents."""
    with closing(sqlite3.connect(path, timeout=60)) as connection:
        for start in range(0, count, BATCH):
            people = range(CROWD + start, CROWD + min(start + BATCH, count))
            with connection:  # short transactions: the gateway writes too
                connection.executemany(_insert("records", _RECORD), map(_record, people))
                connection.executemany(_insert("intents", _INTENT), map(_intent, people))


_RECORD = ("campaign", "nik", "number", "full_name", "birth_date", "sex", "profession", "phone",
           "language", "status", "attributes", "version", "created_at", "updated_at",
           "nik_tail", "nik_jumble")  # fmt: skip
_INTENT = ("intent_id", "campaign", "channel", "provider", "kind", "value", "message_id",
           "received_at", "intent", "nik", "outcome", "number")  # fmt: skip


def _insert(table, columns):
    marks = ", ".join("?" for _ in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 our own names


def _record(n):
    return (CAMPAIGN.id, _nik(n), draw(n), name(n), "1990-01-01", "female", "perawat",
            f"+62813{n}", "id", "received", "{}", 1, AT, AT, tail(_nik(n)),
            jumble(_nik(n)))  # fmt: skip


def _intent(n):
    return (f"crowd{n}", CAMPAIGN.id, "ussd", "africastalking", "phone", f"+62813{n}", f"m{n}",
            AT, "{}", _nik(n), "registered", draw(n))  # fmt: skip


def _nik(n):
    return f"35{nik(n)[2:]}"
