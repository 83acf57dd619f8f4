"""After a power cut: the gateway is up before its database, and nobody is there to start it."""

import subprocess
import sys

import httpx2
import psycopg
import pytest

from core.database.migrations import HEAD
from core.database.migrations import migrate as migrate_tables
from tests.e2e.test_process import complete, half_fill, number_in
from tests.fixtures.postgres import stopped_server
from tests.fixtures.process import ROOT, eventually

FAULTY, TRY_AGAIN = 2, 75


@pytest.fixture
def stopped():
    with stopped_server() as given:
        yield given


def status(running, path):
    try:
        return running.client.get(path).status_code
    except httpx2.ConnectError:
        return 0


def migrate(running):
    command = [sys.executable, "-m", "gateway", "migrate"]
    return subprocess.run(
        command, cwd=ROOT, env=running.env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("workers", [1, 2])
def test_it_waits_for_its_database_and_then_serves_by_itself(workers, stopped, gateway):
    dsn, run = stopped
    running = gateway(DATABASE_URL=dsn, WORKERS=workers).launch()
    assert eventually(lambda: status(running, "/health/live") == 200)
    assert running.client.get("/health/ready").status_code == 503
    assert running.client.get("/health/ready").json()["down"] == ["database"]
    half_fill(running)  # what needs no database is served
    assert '"cause": "refused"' in running.errors()
    with run():
        assert eventually(lambda: status(running, "/health/ready") == 200)
        assert number_in(complete(running, "ATUid_2"))
        assert running.stop() == 0


def test_it_can_be_stopped_while_it_waits(stopped, gateway):
    dsn, _run = stopped
    running = gateway(DATABASE_URL=dsn).launch()
    assert eventually(lambda: status(running, "/health/live") == 200)
    assert running.stop() == 0
    assert "Traceback" not in running.said


def test_a_fault_that_comes_to_light_later_ends_it(stopped, gateway):
    dsn, run = stopped
    running = gateway(DATABASE_URL=dsn.replace("/postgres?", "/nothing?")).launch()
    assert eventually(lambda: status(running, "/health/live") == 200)
    with run():
        assert running.process.wait(20) == FAULTY
    assert "SATUPINTU_DATABASE_URL: cannot be used: there is no such database" in running.errors()
    assert "Traceback" not in running.errors()


def newer(dsn, compatible_from):
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("UPDATE alembic_version SET version_num = '9999'")
        admin.execute("UPDATE compatibility SET compatible_from = %s", (compatible_from,))


def test_faults_of_the_configuration_are_told_in_plain_words(pg_dsn, gateway):
    nobody = gateway(DATABASE_URL=pg_dsn.replace("//satupintu@", "//nobody@")).launch()
    assert nobody.process.wait(20) == FAULTY
    assert "does not let this user in (28000)" in nobody.errors()
    migrate_tables(pg_dsn)
    newer(pg_dsn, "9998")
    old = gateway(nobody.data_dir.parent / "old", DATABASE_URL=pg_dsn).launch()
    assert old.process.wait(20) == FAULTY
    assert "are of a newer release" in old.errors()
    assert "start one that knows 9998 or newer" in old.errors()
    assert "Traceback" not in nobody.errors() + old.errors()


def test_an_older_release_serves_on_newer_tables_that_let_it(pg_dsn, gateway):
    migrate_tables(pg_dsn)
    newer(pg_dsn, HEAD)
    running = gateway(DATABASE_URL=pg_dsn).launch()
    assert eventually(lambda: status(running, "/health/ready") == 200)
    half_fill(running)
    assert number_in(complete(running, "ATUid_2"))
    assert running.errors().count("the tables (9999) are of a newer release") == 1
    told = migrate(running)
    assert told.returncode == 0
    assert "nothing is migrated" in told.stderr
    with psycopg.connect(pg_dsn, autocommit=True) as admin:
        assert admin.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_migrating_says_whether_trying_again_is_of_use(stopped, gateway, pg_dsn):
    dsn, _run = stopped
    done = migrate(gateway(DATABASE_URL=dsn))
    assert (done.returncode, done.stdout) == (TRY_AGAIN, "")
    assert "refused" in done.stderr
    assert migrate(gateway(DATABASE_URL=pg_dsn)).returncode == 0
    assert migrate(gateway(DATABASE_URL=f"{pg_dsn}&user=nobody")).returncode == FAULTY
