"""Threads that cannot connect keep no work from those that can, in whatever way they fail."""

import asyncio
import sqlite3
import threading
from dataclasses import replace

import pytest

from core.database import group_commit
from core.database.database import Database
from core.database.drivers import driver_for
from core.database.links import Job, Link
from tests.integration.test_database import add

WRITES = 300
CONNECTS_MAX = 20  # in the second or two that so many writes take; a rest grows from 0.2 s
PATIENT_SECONDS = 10


class Doors:
    """Ways to connect, one for each call in their order; the last one for all that follow."""

    def __init__(self, *ways):
        self.ways, self.calls, self.lock = list(ways), 0, threading.Lock()

    def __call__(self):
        with self.lock:
            self.calls += 1
            way = self.ways[min(self.calls, len(self.ways)) - 1]
        return way()


def refuse():
    raise sqlite3.OperationalError("refused")


@pytest.fixture
def opened(sqlite_emptied):
    """Return a function that opens a database with two writers that connect in these ways."""
    driver = driver_for(sqlite_emptied)

    def open_(*ways):
        doors = Doors(*(way or driver.connect for way in ways))
        writing = replace(driver.writing, threads=2)
        return Database(replace(driver, connect=doors, writing=writing, concurrent=True)), doors

    return open_


async def test_a_thread_whose_connection_hangs_holds_no_work(opened):
    gate = threading.Event()

    def hang():
        gate.wait(PATIENT_SECONDS)
        refuse()

    database, _doors = opened(None, hang)
    assert await database.write(add) == 1  # one thread has its connection before the other asks
    async with asyncio.timeout(PATIENT_SECONDS / 2):
        for _ in range(10):
            assert await asyncio.gather(*(database.write(add) for _ in range(20))) == [1] * 20
    gate.set()
    await database.close()


async def test_a_thread_that_is_refused_tries_again_seldom(opened):
    database, doors = opened(None, refuse)
    for _ in range(WRITES):
        await database.write(add)
    assert doors.calls < CONNECTS_MAX
    await database.close()


async def test_work_waits_for_a_thread_that_is_just_connecting(
    opened, sqlite_emptied, monkeypatch
):
    monkeypatch.setattr(group_commit, "CONNECTING_SECONDS", PATIENT_SECONDS)
    gate, refused = threading.Event(), threading.Event()

    def slowly():
        gate.wait(PATIENT_SECONDS)
        return driver_for(sqlite_emptied).connect()

    def told_no():
        refused.set()
        refuse()

    database, doors = opened(slowly, told_no)
    work = [asyncio.create_task(database.write(add, alone=True)) for _ in range(2)]
    assert await asyncio.to_thread(refused.wait, PATIENT_SECONDS)
    gate.set()
    assert await asyncio.gather(*work) == [1, 1]
    assert doors.calls >= 2
    await database.close()


async def test_what_is_handed_over_is_carried_out_once(sqlite_emptied):
    driver = driver_for(sqlite_emptied)
    doors = Doors(driver.connect, driver.connect, refuse)
    writing = replace(driver.writing, threads=2, begin="BEGIN")
    database = Database(replace(driver, connect=doors, writing=writing, concurrent=True))
    both, gate, began, calls = threading.Barrier(2), threading.Event(), threading.Event(), []
    meet = (database.write(lambda _: both.wait(PATIENT_SECONDS), alone=True) for _ in range(2))
    await asyncio.gather(*meet)  # each writer has its connection; the reader will have none

    def wait_when_first(_connection):
        calls.append(1)
        began.set()
        return len(calls) > 1 or gate.wait(PATIENT_SECONDS)

    waiting = asyncio.create_task(database.read(wait_when_first))
    assert await asyncio.to_thread(began.wait, PATIENT_SECONDS)
    await database.read(lambda _: None)  # by the same reader, and so handed over after it
    gate.set()
    assert await waiting
    assert len(calls) == 1
    await database.close()


class Recorded:
    """A connection and its cursor, which note what they are given."""

    def __init__(self):
        self.given = []

    def cursor(self):
        return self

    def execute(self, sql, values=()):
        self.given.append((sql, values))

    def close(self):
        pass


async def test_keys_are_taken_in_one_order_by_everybody():
    recorded = Recorded()
    driver = replace(
        driver_for("sqlite:////nowhere/x.db"), connect=lambda: recorded, lock_keys="LOCK"
    )
    loop = asyncio.get_running_loop()
    jobs = [
        Job(lambda _connection: None, loop, loop.create_future(), keys=keys)
        for keys in ([9, 3], [7], [1, 9])
    ]
    Link(driver, driver.writing, lambda _cause: None).transact(jobs, savepoints=False)
    assert [values for sql, values in recorded.given if sql == "LOCK"] == [{"keys": [1, 3, 7, 9]}]
