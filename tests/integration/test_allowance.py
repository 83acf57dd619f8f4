"""Whether PostgreSQL grants the connections that a gateway wants."""

import psycopg
import pytest

from core.database.allowance import WANTED, Allowance
from core.database.drivers import driver_for
from tests.fixtures.postgres import SERVER_OPTIONS

GRANTED = int(SERVER_OPTIONS["max_connections"]) - 3  # that are reserved for administrators


def test_a_worker_wants_as_many_as_it_has_threads():
    driver = driver_for("postgresql://u@h/d")
    assert driver.writing.threads + driver.reading.threads == WANTED


@pytest.mark.parametrize("url", ["sqlite:////tmp/a.db", "postgresql://u@h/d?pooler=transaction"])
def test_where_the_server_does_not_bound_them_nothing_is_asked(url):
    assert Allowance.of(url, 4) is None


def test_what_the_server_grants_is_told(pg_dsn):
    allowed = Allowance.of(pg_dsn, 2)
    assert (allowed.granted, allowed.wanted) == (GRANTED, 2 * WANTED)
    assert allowed.gateways == GRANTED // (2 * WANTED)


def test_the_limit_of_a_database_counts_if_it_is_lower(pg_dsn):
    name = psycopg.conninfo.conninfo_to_dict(pg_dsn)["dbname"]
    with psycopg.connect(pg_dsn, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 5')
        allowed = Allowance.of(pg_dsn, 1)
    assert (allowed.granted, allowed.gateways) == (5, 0)
    assert allowed.taken >= 1


@pytest.mark.parametrize(
    ("taken", "short"), [(GRANTED - WANTED, False), (GRANTED - WANTED + 1, True)]
)
def test_it_is_short_where_one_more_gateway_gets_less_than_it_wants(taken, short):
    assert Allowance(GRANTED, taken, WANTED).is_short is short
