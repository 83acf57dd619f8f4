"""PostgreSQL behind PgBouncer, whose clients share connections: nothing may stay on one."""

import asyncio
from functools import partial

import psycopg
import pytest

from core.database.database import open_database
from core.database.migrations import HEAD, migrate
from core.database.statements import Statement
from core.database.unavailable import UnavailableError
from gateway.commands.doctor_stores import look_at_stores
from gateway.process.preparation import try_prepare
from gateway.settings.configuration import Configuration, ConfigurationError
from gateway.settings.settings import Settings
from tests.fixtures.pooler import pooling
from tests.integration.test_database import add, count, refuse
from tests.scripts import CAMPAIGN

SHARED = "?pooler=transaction"
ROUNDS = 40  # psycopg prepares a statement at its sixth use
SETTINGS = Statement(
    """
    SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
           current_setting('transaction_isolation'), current_setting('transaction_read_only')
    """
)
OUTSIDE = """
    SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),
           current_setting('default_transaction_isolation'),
           current_setting('default_transaction_read_only'),
           (SELECT count(*) FROM pg_prepared_statements)
"""


def look(configuration):
    return [finding.line for finding in look_at_stores(configuration)]


def settings(connection):
    return connection.one(SETTINGS)


@pytest.fixture
def pooled(pg_emptied):
    """Yield the URL of a pooler, as it comes but for the mode, before an empty database."""
    with pooling(pg_emptied) as url:
        yield url


@pytest.fixture
def narrow(pg_emptied):
    """Yield the URL of a pooler with one connection to the server for all its clients."""
    with pooling(pg_emptied, default_pool_size=1) as url:
        yield url


async def test_transactions_of_two_gateways_share_connections(pooled):
    one, other = open_database(pooled + SHARED), open_database(pooled + SHARED)
    added = [d.write(partial(add)) for _ in range(ROUNDS) for d in (one, other)]
    seen = [d.read(count) for _ in range(ROUNDS) for d in (one, other)]
    assert await asyncio.gather(*added) == [1] * 2 * ROUNDS
    await asyncio.gather(*seen)
    for n in range(ROUNDS):
        assert await other.read(count) == 2 * ROUNDS + n
        await one.write(add)
    await one.close()
    await other.close()


async def test_each_transaction_has_its_bounds_and_leaves_none(narrow):
    database = open_database(narrow + SHARED)
    for _ in range(ROUNDS // 10):
        assert await database.read(settings) == ("5s", "1s", "repeatable read", "on")
        assert await database.write(settings) == ("5s", "1s", "read committed", "off")
        with pytest.raises(ValueError, match="no"):
            await database.write(refuse)
        with psycopg.connect(narrow, prepare_threshold=None) as another:
            assert another.execute(OUTSIDE).fetchone() == ("0", "0", "read committed", "off", 0)
    await database.close()


async def test_of_two_with_a_key_in_common_the_second_waits(pooled):
    def add_once(connection):
        return add(connection) if count(connection) == 0 else 0

    one, other = open_database(pooled + SHARED), open_database(pooled + SHARED)
    both = (one, other) * ROUNDS
    added = await asyncio.gather(*(each.write(add_once, keys=(1, 2)) for each in both))
    assert sum(added) == 1
    await one.close()
    await other.close()


def test_tables_are_made_through_it(pg_dsn):
    with pooling(pg_dsn) as url:
        migrate(url + SHARED)
        migrate(url + SHARED)
        with psycopg.connect(url, prepare_threshold=None) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row == (HEAD,)


@pytest.mark.parametrize("drops", [{}, {"ignore_startup_parameters": "options"}])
async def test_a_pooler_that_no_parameter_names_is_told_with_a_sentence(
    pg_emptied, tmp_path, drops
):
    """One that only drops our bounds would leave statements without any."""
    with pooling(pg_emptied, **drops) as url:
        settings = Settings(database_url=url, redis_url="redis://127.0.0.1:1", data_dir=tmp_path)
        with pytest.raises(ConfigurationError) as told:
            try_prepare(settings)
        database = open_database(url)
        with pytest.raises(UnavailableError) as failed:
            await database.read(count)
        await database.close()
        found = await asyncio.to_thread(look, Configuration(settings, CAMPAIGN))
    assert "BAD  database: a pooler stands before it: add pooler=transaction to the URL" in found
    assert "add pooler=transaction to the URL" in str(told.value)
    assert failed.value.cause == "pooler"
