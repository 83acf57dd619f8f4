"""What happens to PostgreSQL."""

import os
import shutil
import signal
import tempfile
import time
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import psycopg

from tests.drill.stage import Scene, Stage, children, fill, owner_of_servers, small_disk
from tests.fixtures.postgres import (
    SERVER_OPTIONS,
    _binaries,
    _create,
    _start,
    _wait_until_ready,
)

DOWN_SECONDS = 4.0
LOCKED_SECONDS = 4.0
CUTS = 5
FEW = {"max_connections": "8", "max_wal_senders": "0"}  # two workers want twelve
DISK = "112m"
SMALL = {"min_wal_size": "32MB", "max_wal_size": "32MB"}
_CUT_OFF = """
    SELECT pg_terminate_backend(pid)
    FROM pg_stat_activity
    WHERE usename = current_user AND pid <> pg_backend_pid()
"""


class Database:
    """A PostgreSQL that keeps what it acknowledged, and can be killed and started again."""

    def __init__(self, home, data, options):
        self.home, self._data = home, data
        self._options = {**SERVER_OPTIONS, "synchronous_commit": "on", **options}
        self.dsn = f"postgresql://satupintu@/postgres?host={home}"
        self._programs, self.process = _binaries(home), None
        _create(self._programs, data)
        (home / "data").exists() or (home / "data").symlink_to(data)

    def start(self):
        end = time.monotonic() + 30
        while True:
            self.process = _start(self._programs, self.home, self._options)
            try:
                _wait_until_ready(self.process, self.dsn)
            except psycopg.OperationalError:  # what a killed one left has not ended yet
                assert time.monotonic() < end
                self.process.wait()
            else:
                return

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def signal_all(self, number):
        for pid in (self.process.pid, *children(self.process.pid)):
            os.kill(pid, number)

    def connect(self):
        return psycopg.connect(self.dsn, autocommit=True)


def on_postgres(*faults, options=None, disk=None):
    """Return a scene's set-up: one PostgreSQL of those options, and its faults."""

    @contextmanager
    def set_up(folder):
        home, owner = Path(tempfile.mkdtemp(prefix="satupintu-pg-")), owner_of_servers()
        if owner is not None:
            os.chown(home, owner, owner)
        small = small_disk(home / "data", disk, owner=owner) if disk else nullcontext()
        try:
            with small:
                server = Database(home, home / "data", options or {})
                try:
                    server.start()
                    dsn = {"DATABASE_URL": server.dsn}
                    yield Stage(dsn, tuple(partial(one, server) for one in faults))
                finally:
                    server.kill()
        finally:
            shutil.rmtree(home, ignore_errors=True)

    return set_up


def _kill(server, _gateway):
    server.kill()
    time.sleep(DOWN_SECONDS)
    server.start()


def _stop(server, _gateway):
    server.signal_all(signal.SIGSTOP)
    time.sleep(DOWN_SECONDS)
    server.signal_all(signal.SIGCONT)


def _cut_off(server, _gateway):
    with server.connect() as connection:
        for _ in range(CUTS):
            connection.execute(_CUT_OFF)
            time.sleep(1)


def _refuse_writes(server, _gateway):
    with server.connect() as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER DATABASE postgres SET default_transaction_read_only = on")
        connection.execute(_CUT_OFF)
        time.sleep(DOWN_SECONDS)
        connection.execute("ALTER DATABASE postgres SET default_transaction_read_only = off")
        connection.execute(_CUT_OFF)


def _lock(table, server, _gateway):
    with server.connect() as connection, connection.transaction():
        connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        time.sleep(LOCKED_SECONDS)


def _fill_disk(server, _gateway):
    filler = fill(server.home / "data")
    time.sleep(DOWN_SECONDS)
    filler.unlink()


_KEPT = "nobody is told what is not on record"

SCENES = (
    Scene("sql-kill", "PostgreSQL: kill -9, 4 s down", on_postgres(_kill), _KEPT),
    Scene("sql-stop", "PostgreSQL: SIGSTOP for 4 s", on_postgres(_stop), _KEPT),
    Scene("sql-cut", "PostgreSQL: all connections cut, 5 times", on_postgres(_cut_off)),
    Scene(
        *("sql-read-only", "PostgreSQL: read-only for 4 s", on_postgres(_refuse_writes)),
        _KEPT,
    ),
    Scene(
        "sql-locks",
        "PostgreSQL: `records` locked for 4 s, then `outbox`",
        on_postgres(partial(_lock, "records"), partial(_lock, "outbox")),
        "who confirms waits for the lock",
    ),
    Scene(
        "sql-few",
        "PostgreSQL: 8 connections where 12 are wanted",
        on_postgres(options=FEW),
        "the connections that there are serve all",
    ),
    Scene(
        "sql-disk",
        "PostgreSQL: disk full, 4 s",
        on_postgres(_fill_disk, options=SMALL, disk=DISK),
        _KEPT,
    ),
)
