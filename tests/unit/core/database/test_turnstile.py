"""Processes that write to one SQLite file wait for a lock, and none waits for ever."""

import asyncio
import errno
import fcntl
import multiprocessing
import os
import sqlite3
import time

import pytest

from core.database.database import open_database
from core.database.turnstile import LOCK_WAIT_SECONDS, SUFFIX, turnstile
from tests.integration.test_database import add, count

DEADLINE_SECONDS = 10


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "test.db")


def is_held(path):
    """Return whether the lock is taken; looks through a file of its own, as a process does."""
    lock = os.open(f"{path}{SUFFIX}", os.O_RDONLY | os.O_CREAT)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def test_one_at_a_time_holds_it(path):
    with turnstile(path):
        assert is_held(path)
    assert not is_held(path)


def test_nobody_waits_for_it_longer_than_its_bound(path):
    with turnstile(path):
        began = time.monotonic()
        with turnstile(path):
            waited = time.monotonic() - began
    assert LOCK_WAIT_SECONDS <= waited < DEADLINE_SECONDS


async def test_the_next_one_goes_on_when_it_is_free(path):
    def pass_through():
        with turnstile(path, 2 * DEADLINE_SECONDS):
            return is_held(path)

    with turnstile(path):
        waiting = asyncio.create_task(asyncio.to_thread(pass_through))
        await asyncio.sleep(0)
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await waiting


def test_where_there_can_be_no_lock_it_is_open(tmp_path):
    with turnstile(str(tmp_path / "none" / "test.db")):
        assert not (tmp_path / "none").exists()


def test_a_file_system_without_locks_keeps_nobody_waiting(path, monkeypatch):
    def refuse(_lock, _operation):
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    began = time.monotonic()
    with turnstile(path, DEADLINE_SECONDS):
        assert time.monotonic() - began < DEADLINE_SECONDS


def hold(path, held, never):
    with turnstile(path):
        held.set()
        never.wait()


def test_a_process_that_is_killed_releases_it(path):
    context = multiprocessing.get_context("spawn")
    held, never = context.Event(), context.Event()
    process = context.Process(target=hold, args=(path, held, never))
    process.start()
    assert held.wait(DEADLINE_SECONDS)
    assert is_held(path)
    process.kill()
    process.join()
    assert not is_held(path)


async def test_a_writer_holds_it_while_it_waits_for_the_file_and_no_longer(sqlite_emptied):
    path = sqlite_emptied.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    database = open_database(sqlite_emptied)
    writing = asyncio.create_task(database.write(lambda _connection: is_held(path)))
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not is_held(path):
            await asyncio.sleep(0)
    other.execute("COMMIT")
    other.close()
    assert await writing is False
    assert not is_held(path)
    await database.close()


async def test_a_reader_does_not_wait_for_it(sqlite_emptied):
    database = open_database(sqlite_emptied)
    assert await database.write(add) == 1
    with turnstile(sqlite_emptied.removeprefix("sqlite:///")):
        async with asyncio.timeout(LOCK_WAIT_SECONDS / 2):
            assert await database.read(count) == 1
    await database.close()
