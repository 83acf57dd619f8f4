"""SQLite prepares the statements of a registration and of its message once, not at each use."""

import sqlite3
from datetime import timedelta

from core.database.migrations import migrate
from core.database.statements import Connection, iso_utc
from core.messages import Channel
from core.outbox.claims import Room, claim
from core.registration.store import record
from core.registration.terms import Terms
from tests.fixtures.clinics import DOSES, LIMITS, START, person_intent

AMONG = {"accounts": " ", "others": iso_utc(START)}


def register_and_claim(connection, n):
    at = START + timedelta(minutes=n)
    record(
        connection,
        intent=person_intent(n, channel=Channel.USSD, received_at=at),
        terms=Terms(LIMITS, DOSES),
        number=f"number {n}",
    )
    lease = iso_utc(at + timedelta(days=1))
    assert len(claim(connection, now=at, until=lease, room=Room(5, 5), among=AMONG)) == 1


def test_no_statement_is_prepared_again(tmp_path):
    migrate(f"sqlite:///{tmp_path}/a.db")
    raw, prepared = sqlite3.connect(tmp_path / "a.db", isolation_level=None), []
    raw.set_authorizer(lambda *about: prepared.append(about) or sqlite3.SQLITE_OK)
    connection = Connection(raw.cursor(), "sqlite")
    register_and_claim(connection, 1)
    register_and_claim(connection, 2)  # is near to the first, whose link is then read
    prepared.clear()
    register_and_claim(connection, 3)
    assert prepared == []
    raw.close()
