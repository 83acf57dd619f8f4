"""PostgreSQL by a URL of several hosts: the first that takes writes serves; others may be down.

The hosts are folders of sockets, in the form that libpq has for them; the first is down.
"""

from urllib.parse import quote

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from core.database.database import open_database
from core.database.migrations import HEAD, migrate
from gateway.commands.doctor_stores import look_at_stores
from gateway.settings.configuration import Configuration
from gateway.settings.settings import Settings
from tests.integration.test_database import add, count
from tests.scripts import CAMPAIGN


@pytest.fixture
def url(pg_dsn, tmp_path):
    """Return the URL of a fresh database, after a host that is down."""
    read = conninfo_to_dict(pg_dsn)
    hosts = ",".join(quote(host, safe="") for host in (f"{tmp_path}/down", read["host"]))
    named = f"{read['user']}@{hosts}/{read['dbname']}"
    return f"postgresql://{named}?target_session_attrs=read-write"


async def test_all_of_it_works_while_the_first_host_is_down(url, pg_dsn, tmp_path):
    migrate(url)
    with psycopg.connect(pg_dsn) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        assert row == (HEAD,)
    database = open_database(url)
    assert await database.write(add) == 1
    assert await database.read(count) == 1
    await database.close()


def test_the_doctor_reads_through_it(url, tmp_path):
    migrate(url)
    settings = Settings(database_url=url, data_dir=tmp_path)
    found = [one.line for one in look_at_stores(Configuration(settings, CAMPAIGN))]
    assert "ok   database" in found
