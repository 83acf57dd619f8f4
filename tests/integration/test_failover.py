"""A PostgreSQL that may no longer be written to, as a standby after a failover."""

import psycopg
import pytest

from core.database.database import open_database
from core.database.migrations import migrate
from core.database.unavailable import UnavailableError
from core.outbox.store import SqlOutbox
from tests.integration.test_sender import outgoing


def read_only(dsn, *, on):
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        name = connection.info.dbname
        value = "on" if on else "off"
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')


async def test_a_server_that_only_reads_is_left_for_one_that_writes(pg_dsn):
    migrate(pg_dsn)
    read_only(pg_dsn, on=True)
    database = open_database(pg_dsn)
    outbox = SqlOutbox(database)
    with pytest.raises(UnavailableError):
        await outbox.put(outgoing())
    read_only(pg_dsn, on=False)
    for n in range(16):  # every writer's connection: none stays with the old server
        await outbox.put(outgoing(f"k{n}"))
    await database.close()
