"""A durable PostgreSQL for the bench, and records by the million in either database."""

import json
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import create_engine, event

from core.database.tables.messages import outbox
from core.database.tables.people import addresses, intents, records
from core.fields.nik import sex_of
from core.fields.nik_slips import jumble, tail
from core.registration.marking import marks_of
from core.registration.number import NUMBER_BITS, make_number
from tests.bench.people import birth_date, name, nik
from tests.fixtures.engines import sqlalchemy_url
from tests.fixtures.postgres import SERVER_OPTIONS, running_server
from tests.scripts import CAMPAIGN

CROWD = 50_000_000  # their numbers begin here, far from those who dial
BATCH = 5_000
AT = "2021-01-15T08:00:00.000000+00:00"
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
_NUMBER_STRIDE = 21_474_836_477  # odd, so that numbers differ, and stand in no order


@dataclass(frozen=True)
class Postgres:
    """A server that runs: the DSN of its database, and its first process."""

    dsn: str
    pid: int


@contextmanager
def postgres():
    """Run a PostgreSQL that loses nothing."""
    options = {**SERVER_OPTIONS, **DURABLE, "shared_buffers": "256MB"}
    with running_server(options) as dsn:
        home = Path(conninfo_to_dict(dsn)["host"])
        yield Postgres(dsn, int((home / "data" / "postmaster.pid").read_text().split()[0]))


def fill_records(url, count):
    """Write `count` people on record, in short transactions: the gateway writes too."""
    engine = create_engine(sqlalchemy_url(url))
    event.listen(engine, "connect", _hasten)
    for start in range(CROWD, CROWD + count, BATCH):
        people = range(start, min(start + BATCH, CROWD + count))
        with engine.begin() as connection:
            for table, row in _ROWS:
                connection.execute(table.insert(), [row(n) for n in people])
    engine.dispose()


def _hasten(connection, _record):
    """Let the filling of SQLite wait for no disk; PostgreSQL need not be told."""
    if isinstance(connection, sqlite3.Connection):
        connection.executescript("PRAGMA synchronous=OFF; PRAGMA cache_size=-262144;")


def _record(n):
    return {
        "id": n,
        "campaign": CAMPAIGN.id,
        "nik": nik(n),
        "number": _number(n),
        "full_name": name(n),
        "birth_date": birth_date(n).isoformat(),
        "sex": sex_of(nik(n)),
        "profession": "perawat",
        "phone": crowd_phone(n),
        "language": "id",
        "status": "received",
        "attributes": "{}",
        "version": 1,
        "created_at": AT,
        "updated_at": AT,
        "nik_tail": tail(nik(n)),
        "nik_jumble": jumble(nik(n)),
        "told_version": 1,
        **marks_of(nik(n), name(n)),
    }


def _intent(n):
    return {
        "intent_id": f"crowd{n}",
        "record_id": n,
        "campaign": CAMPAIGN.id,
        "channel": "ussd",
        "provider": "africastalking",
        "kind": "phone",
        "value": crowd_phone(n),
        "message_id": f"m{n}",
        "received_at": AT,
        "nik": nik(n),
        "outcome": "registered",
        "number": _number(n),
        "intent": json.dumps({"nik": nik(n), "full_name": name(n), "profession": "perawat"}),
    }


def _address(n):
    return {
        "record_id": n,
        "kind": "phone",
        "value": crowd_phone(n),
        "verified": 1,
        "channels": '["ussd"]',
        "linked_at": AT,
    }


def _confirmation(n):
    return {
        "key": f"crowd{n}",
        "channel": "sms",
        "kind": "phone",
        "value": crowd_phone(n),
        "reply": '{"prompts":[]}',
        "headers": "{}",
        "answers_request": 1,
        "status": "sent",
        "attempts": 1,
        "due_at": AT,
        "created_at": AT,
    }


def _number(n):
    return make_number(n * _NUMBER_STRIDE % (1 << NUMBER_BITS))


def crowd_phone(n):
    """Return the phone of person `n` of the crowd."""
    return f"+62813{n:08d}"


_ROWS = (
    (records, _record),
    (intents, _intent),
    (addresses, _address),
    (outbox, _confirmation),
)
