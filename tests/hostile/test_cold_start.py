"""After a power cut: the gateway is up before its database, and nobody is there to start it."""

import subprocess
import sys

import httpx2
import psycopg
import pytest

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


def newer(dsn):
    with psycopg.connect(dsn, autocommit=True) as admin:
        admin.execute("CREATE TABLE alembic_version (version_num text)")
        admin.execute("INSERT INTO alembic_version VALUES ('9999')")


def test_faults_of_the_configuration_are_told_in_plain_words(pg_dsn, gateway):
    nobody = gateway(DATABASE_URL=pg_dsn.replace("//satupintu@", "//nobody@")).launch()
    assert nobody.process.wait(20) == FAULTY
    assert "does not let this user in (28000)" in nobody.errors()
    newer(pg_dsn)
    old = gateway(nobody.data_dir.parent / "old", DATABASE_URL=pg_dsn).launch()
    assert old.process.wait(20) == FAULTY
    assert "newer version" in old.errors()
    assert "Traceback" not in nobody.errors() + old.errors()


def test_migrating_says_whether_trying_again_is_of_use(stopped, gateway, pg_dsn):
    dsn, _run = stopped
    done = migrate(gateway(DATABASE_URL=dsn))
    assert (done.returncode, done.stdout) == (TRY_AGAIN, "")
    assert "refused" in done.stderr
    assert migrate(gateway(DATABASE_URL=pg_dsn)).returncode == 0
    assert migrate(gateway(DATABASE_URL=f"{pg_dsn}&user=nobody")).returncode == FAULTY
