"""Stores that answer and do not write: no people are sent here, and everybody is told why."""

import json
import os
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from redis import Redis

from tests.fixtures.postgres import NOBODY
from tests.fixtures.process import eventually
from tests.hostile.test_connection_limit import administer
from tests.integration.test_database import cut_connections
from tests.integration.test_failover import read_only

NOTICED_SECONDS = 3.0
SQLSTATE_READ_ONLY = "25006"
SQLSTATE_DISK_FULL = "53100"
PAGE_BYTES = 4_096


@pytest.fixture
def running(gateway, valkey_url, pg_dsn):
    with Redis.from_url(valkey_url) as redis:
        redis.flushall()
    return gateway(REDIS_URL=valkey_url, DATABASE_URL=pg_dsn).start()


@pytest.fixture
def server(valkey_url):
    with Redis.from_url(valkey_url) as client:
        yield client
        client.config_set("maxmemory", 0)
        client.execute_command("REPLICAOF", "NO", "ONE")


def ready(running):
    return running.client.get("/health/ready")


def assert_unready(running, part, before_each_look=lambda: None):
    def look():
        before_each_look()
        return ready(running).status_code == 503

    begun = time.monotonic()
    assert eventually(look), "still ready"
    assert time.monotonic() - begun < NOTICED_SECONDS
    assert part in ready(running).json()["down"]
    assert running.client.get("/health/live").status_code == 200


def assert_counted(running, store, cause):
    counted = f'satupintu_store_errors_total{{cause="{cause}",store="{store}"}}'
    assert counted in running.client.get("/metrics").text


def assert_told(running, store, cause):
    assert_counted(running, store, cause)
    assert f'"cause": "{cause}"' in running.errors()


@pytest.mark.parametrize(
    ("cause", "command"),
    [
        ("OOM", ("CONFIG", "SET", "maxmemory", "1mb")),
        ("READONLY", ("REPLICAOF", "127.0.0.1", "1")),
    ],
)
def test_a_redis_that_takes_no_write(cause, command, running, server):
    server.execute_command("SET", "ballast", "x" * 2_000_000)
    server.execute_command(*command)
    assert_unready(running, "redis")
    assert_told(running, "redis", cause)
    server.config_set("maxmemory", 0)
    server.execute_command("REPLICAOF", "NO", "ONE")
    assert eventually(lambda: ready(running).status_code == 200)


def test_a_database_that_only_reads(running, pg_dsn):
    read_only(pg_dsn, on=True)
    cut_connections(pg_dsn)
    assert_unready(running, "database")
    assert_told(running, "database", SQLSTATE_READ_ONLY)
    read_only(pg_dsn, on=False)
    assert eventually(lambda: ready(running).status_code == 200)


def test_a_database_that_lost_the_table_of_heartbeats_is_not_ready(running, pg_dsn):
    with psycopg.connect(pg_dsn, autocommit=True) as admin:
        admin.execute("DROP TABLE heartbeats")
    assert_unready(running, "database")


@pytest.fixture
def small_disk():
    """Yield a folder on a disk of its own that has little room; anybody may write there."""
    folder = Path(tempfile.mkdtemp(prefix="satupintu-disk-"))
    folder.chmod(0o755)
    mount = ("mount", "-t", "tmpfs", "-o", "size=24m,mode=1777", "tmpfs", str(folder))
    try:
        done = subprocess.run(mount, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("this machine has no mount: the full disk was NOT tried")
    if done.returncode:
        pytest.skip("a disk can be mounted by root only: the full disk was NOT tried")
    yield folder
    subprocess.run(("umount", "--lazy", str(folder)), check=True)
    folder.rmdir()


def fill(disk):
    path = disk / "ballast"
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(PAGE_BYTES))
    return path


@pytest.fixture
def pg_on_small_disk(pg_server, small_disk):
    """Yield the DSN of a database whose tables are on the small disk, and its log elsewhere."""
    folder, this = small_disk / "tables", f"small_{uuid4().hex[:12]}"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)
    administer(
        pg_server,
        f"CREATE TABLESPACE {this} LOCATION '{folder}'",
        f"CREATE DATABASE {this} TABLESPACE {this}",
    )
    yield pg_server.replace("/postgres?", f"/{this}?")
    administer(pg_server, f"DROP DATABASE {this} WITH (FORCE)", f"DROP TABLESPACE {this}")


def test_a_postgresql_without_room(small_disk, pg_on_small_disk, valkey_url, gateway):
    running = gateway(REDIS_URL=valkey_url, DATABASE_URL=pg_on_small_disk).start()
    assert ready(running).status_code == 200
    ballast = fill(small_disk)
    # What a heartbeat held for a moment while the disk was filled may be free again after it.
    assert_unready(running, "database", before_each_look=partial(fill, small_disk))
    assert_told(running, "database", SQLSTATE_DISK_FULL)
    ballast.unlink()
    assert eventually(lambda: ready(running).status_code == 200)
    assert running.stop() == 0


def outgrow_a_page(running):
    """Write more than fits in the page that Valkey's file has on the full disk already."""
    state = json.loads((running.data_dir / "valkey/server.json").read_text())
    with Redis(unix_socket_path=state["socket"]) as client:
        client.set("ballast", bytes(2 * PAGE_BYTES))


def test_a_disk_without_room(small_disk, gateway):
    running = gateway(small_disk / "var").start()
    ballast = fill(small_disk)
    assert_unready(running, "database")
    assert "SQLITE_" in running.client.get("/metrics").text
    outgrow_a_page(running)
    assert eventually(lambda: "redis" in ready(running).json().get("down", ()))
    assert_counted(running, "redis", "MISCONF")
    ballast.unlink()
    assert eventually(lambda: ready(running).status_code == 200)
    assert running.stop() == 0
