"""The feed: every record sent in order, at least once, through crashes, outages and refusals."""

import asyncio
import json
from datetime import datetime, timedelta

import pytest

from core.database.statements import Statement, column_list, iso_utc, parameter_list
from core.database.unavailable import UnavailableError
from core.messages import Channel
from core.registration.feed import DUE, SqlFeed
from gateway.registry import feed as feeding
from gateway.registry.client import CALL_SECONDS_MAX, Caller
from gateway.registry.feed import (
    BACKOFF,
    BATCH_MAX,
    LEASE_SECONDS,
    POLL_SECONDS,
    REFUSED_MAX,
    Feed,
    to_registry,
)
from gateway.runtime.metrics import Metrics
from gateway.sending.delivery import create_client
from tests.contract.test_record_stores import MAIL, NIK, NOW, intent
from tests.fixtures.effects import recorder
from tests.fixtures.registry import TOKEN

# Most of it is the same on every database: what happens between us and the registry.
one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def client():
    async with create_client() as opened:
        yield opened


class House:
    """A database with records, and feeds that tell them to a registry."""

    def __init__(self, database, client, registry):
        self.now, self.database, self.registry = NOW, database, registry
        self.metrics, self.store = Metrics(), SqlFeed(database)
        self.caller = Caller(client, registry.url, TOKEN)
        self.feed = self.new_feed("one")

    def new_feed(self, holder):
        clock = lambda: self.now  # noqa: E731
        return Feed(
            self.store, to_registry(self.caller), holder, metrics=self.metrics, clock=clock
        )

    async def add(self, count, *, start=0):
        """Put plain records in, each a second after the one before; return their numbers."""
        return await self.database.write(lambda use: put_in(use, count, start=start))

    async def change(self, number, *, at, **fields):
        """Change a record, as whoever changes one does."""
        change = Statement(
            """
            UPDATE records
            SET version = version + 1, updated_at = :at{fields}
            WHERE number = :number
        """,
            fields="".join(f", {name} = :{name}" for name in fields),
        )
        values = {"number": number, "at": iso_utc(at), **fields}
        await self.database.write(lambda use: use.run(change, **values))

    def count(self, result):
        return self.metrics.registry.get_sample_value("satupintu_feed_total", {"result": result})

    def keys(self):
        return [key for key, _body in self.registry.batches]

    def numbers(self):
        return [number for number, _version in self.registry.acknowledged]


def _row(n):
    at = iso_utc(NOW + timedelta(seconds=n))
    return {
        "campaign": "test",
        "nik": f"{3204115706960000 + n}",
        "number": f"N{n:04d}",
        "full_name": f"Person {n}",
        "birth_date": "1996-06-17",
        "sex": "female",
        "profession": "perawat",
        "language": "id",
        "status": "received",
        "attributes": "{}",
        "version": 1,
        "created_at": at,
        "updated_at": at,
        "nik_tail": "",
        "nik_jumble": "",
    }


def insert(use, table, **values):
    statement = Statement(
        "INSERT INTO {table} ({columns}) VALUES ({values})",
        table=table,
        columns=column_list(values),
        values=parameter_list(values),
    )
    use.run(statement, **values)


def put_in(use, count, *, start=0):
    made = [_row(start + n) for n in range(count)]
    for one in made:
        insert(use, "records", **one)
    return [one["number"] for one in made]


def visited(use):
    """The first record has an appointment in Jayapura, which was another before."""
    where = {"code": "F9", "name": "RSUD Abepura", "regency_code": "9471", "address": "Jayapura"}
    slot = {"campaign": "test", "facility_code": "F9", "dose": 1, "capacity": 5, "booked": 1}
    visit = {"record_id": 1, "dose": 1, "code": "1", "sequence": 0}
    at = {"created_at": iso_utc(NOW), "updated_at": iso_utc(NOW)}
    insert(use, "facilities", **where)
    for n, status in ((1, "changed"), (2, "booked")):
        start = iso_utc(datetime.fromisoformat(f"2021-01-2{n}T08:00+09:00"))
        insert(use, "slots", id=n, start=start, **slot)
        taken = {"id": n, "slot_id": n, "booked_by": f"k{n}", "status": status}
        insert(use, "appointments", **visit, **taken, **at)


@pytest.fixture
def house(database, client, registry):
    return House(database, client, registry)


def lines(body):
    return [json.loads(line) for line in body.splitlines()]


# -- what is sent -------------------------------------------------------------------------------


async def test_a_record_is_sent_whole_and_once(house, registry):
    record = recorder(house.database)
    number = (await record(intent())).number
    await record(intent("2", channel=Channel.WHATSAPP))
    await record(intent("3", channel=Channel.EMAIL, address=MAIL))
    assert await house.feed.turn() == 0
    ((path, headers, body),) = registry.requests
    assert path == "/records"
    assert headers["content-type"] == "application/x-ndjson"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert len(headers["idempotency-key"]) == 32
    assert lines(body) == [
        {
            "number": number,
            "version": 3,  # two addresses were linked
            "status": "received",
            "standing": "held",
            "nik": NIK,
            "full_name": "Siti Aminah",
            "birth_date": "1996-06-17",
            "sex": "female",
            "profession": "perawat",
            "phone": "+628111000001",
            "language": "id",
            "facility_code": None,
            "channels": ["email", "sms", "whatsapp"],
            "appointment": None,
            "created_at": iso_utc(NOW),
            "updated_at": iso_utc(NOW),
        }
    ]
    assert await house.feed.turn() == POLL_SECONDS
    assert len(registry.requests) == 1
    assert house.count("told") == 1


async def test_the_latest_appointment_is_sent_with_the_hour_of_its_place(house, registry):
    [number] = await house.add(1)
    await house.database.write(visited)
    await house.feed.turn()
    assert registry.records[number]["appointment"] == {
        "facility_code": "F9",
        "facility_name": "RSUD Abepura",
        "start": "2021-01-22T08:00:00+09:00",
        "dose": 1,
        "status": "booked",
    }


async def test_records_are_sent_in_the_order_in_which_they_changed(house, registry):
    first, second, third = await house.add(3)
    await house.change(first, at=NOW + timedelta(hours=1), status="verified")
    await house.feed.turn()
    assert registry.acknowledged == [(second, 1), (third, 1), (first, 2)]


async def test_a_change_is_sent_and_nothing_else(house, registry):
    first, _second = await house.add(2)
    await house.feed.turn()
    await house.change(first, at=NOW + timedelta(hours=1), status="verified")
    await house.feed.turn()
    assert registry.acknowledged[2:] == [(first, 2)]
    assert registry.records[first]["status"] == "verified"


async def test_a_record_that_changes_while_it_is_sent_is_sent_again(house, registry):
    [number] = await house.add(1)
    batch = await house.store.due(limit=1)
    await house.change(number, at=NOW + timedelta(hours=1))
    await house.store.acknowledge(batch)
    assert await house.store.count_unsent() == 1
    await house.feed.turn()
    assert registry.acknowledged == [(number, 2)]


async def test_an_acknowledgement_is_never_taken_back(house):
    [number] = await house.add(1)
    old = await house.store.due(limit=1)
    await house.change(number, at=NOW + timedelta(hours=1))
    await house.store.acknowledge(await house.store.due(limit=1))
    await house.store.acknowledge(old)
    assert await house.store.count_unsent() == 0


# -- batches ------------------------------------------------------------------------------------


async def test_a_batch_is_no_longer_than_its_bound(house, registry):
    numbers = await house.add(BATCH_MAX + 1)
    assert await house.feed.turn() == 0
    assert len(lines(registry.batches[0][1])) == BATCH_MAX
    await house.feed.turn()
    assert house.numbers() == numbers


@one_database
async def test_a_batch_is_no_larger_than_its_bound(house, registry, monkeypatch):
    numbers = await house.add(3)
    one = len((await house.store.due(limit=1))[0].line)
    monkeypatch.setattr(feeding, "BATCH_BYTES_MAX", 2 * one)
    await house.feed.turn()
    assert house.numbers() == numbers[:2]
    monkeypatch.setattr(feeding, "BATCH_BYTES_MAX", one - 1)
    await house.feed.turn()
    assert house.numbers() == numbers, "a single one is sent, whatever its size"


# -- at least once ------------------------------------------------------------------------------


async def test_a_crash_before_the_note_sends_the_same_again_under_the_same_key(
    house, registry, monkeypatch
):
    numbers = await house.add(3)

    async def crash(batch):
        raise RuntimeError

    monkeypatch.setattr(house.store, "acknowledge", crash)
    with pytest.raises(RuntimeError):
        await house.feed.turn()
    monkeypatch.undo()
    assert await house.store.count_unsent() == 3

    house.now += timedelta(seconds=LEASE_SECONDS + 1)
    await house.new_feed("another worker").turn()
    assert len(registry.batches) == 2
    assert registry.batches[0] == registry.batches[1]
    assert house.numbers() == numbers, "the registry saw that it knows the batch"
    assert await house.store.count_unsent() == 0


OUTAGES = [(500, b""), (503, b""), (301, b""), (401, b""), (403, b""), (404, b""), (408, b"")]
OUTAGES += [(425, b""), (429, b"")]


@one_database
@pytest.mark.parametrize("mode", OUTAGES, ids=str)
async def test_an_outage_loses_nothing_and_skips_nobody(house, registry, mode):
    numbers = await house.add(3)
    registry.mode = mode
    for _ in range(3):
        assert BACKOFF.first_seconds / 2 <= await house.feed.turn() <= BACKOFF.longest_seconds
    assert house.count("unreachable") == 3
    assert await house.store.count_unsent() == 3
    registry.mode = "up"
    await house.feed.turn()
    while await house.store.count_unsent():
        await house.feed.turn()
    assert house.numbers() == numbers


@one_database
async def test_records_missed_in_an_outage_are_sent_once_each(house, registry):
    registry.down()
    numbers = []
    for n in range(0, 30, 10):
        numbers += await house.add(10, start=n)
        await house.feed.turn()
    registry.up()
    while await house.store.count_unsent():
        await house.feed.turn()
    assert house.numbers() == numbers


@one_database
async def test_the_first_try_after_a_failure_is_the_same_batch(house, registry):
    await house.add(BATCH_MAX)
    registry.answers = [(503, b"")]
    await house.feed.turn()
    await house.feed.turn()
    assert registry.batches[0] == registry.batches[1]
    assert len(house.numbers()) == BATCH_MAX


@one_database
async def test_a_registry_that_is_slow_is_sent_less_at_a_time(house, registry):
    await house.add(BATCH_MAX)
    registry.answers = [(504, b"")] * 20
    for _ in range(21):
        await house.feed.turn()
    sizes = [len(lines(body)) for _key, body in registry.batches]
    assert sizes[:4] == [BATCH_MAX, BATCH_MAX, BATCH_MAX // 2, BATCH_MAX // 4]
    assert sizes[-1] == 1
    await house.feed.turn()
    assert await house.store.count_unsent() == 0


@one_database
async def test_a_long_answer_acknowledges_all_the_same(house, registry):
    await house.add(1)
    registry.answers = [(200, b"x" * 1_000_000)]
    await house.feed.turn()
    assert await house.store.count_unsent() == 0


def test_the_wait_grows_to_a_bound_and_half_of_it_is_chance():
    assert [BACKOFF.seconds(n, 1) for n in (1, 2, 3)] == [1, 2, 4]
    assert BACKOFF.seconds(3, 0) == 2
    assert BACKOFF.seconds(10_000, 1) == BACKOFF.longest_seconds


# -- refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("culprits", [{7}, {0, 3, 4, 9}])
async def test_a_refused_record_is_found_and_holds_up_no_other(house, registry, logged, culprits):
    numbers = await house.add(10)
    registry.refuses = {numbers[n] for n in culprits}
    await house.feed.turn()
    assert await house.feed.turn() == POLL_SECONDS
    assert house.numbers() == [one for n, one in enumerate(numbers) if n not in culprits]
    shown = house.metrics.registry.get_sample_value("satupintu_feed_refused_total")
    assert shown == len(culprits)
    events = [line["event"] for line in logged()]
    assert events == ["the registry will not take a record"] * len(culprits)
    assert "Person" not in str(logged())
    noted = await house.database.read(lambda use: use.all(_NOTED))
    assert {number for _action, number in noted} == registry.refuses


_NOTED = Statement("SELECT action, number FROM audit")


@one_database
async def test_a_refused_record_is_sent_again_once_it_changes(house, registry):
    [number] = await house.add(1)
    registry.refuses = {number}
    await house.feed.turn()
    registry.refuses = set()
    assert await house.feed.turn() == POLL_SECONDS
    await house.change(number, at=NOW + timedelta(hours=1))
    await house.feed.turn()
    assert registry.acknowledged == [(number, 2)]


@one_database
async def test_a_registry_that_refuses_all_is_not_believed(house, registry):
    numbers = await house.add(REFUSED_MAX + 50)
    registry.refuses = set(numbers)
    assert await house.feed.turn() > 0
    assert await house.feed.turn() > 0
    assert await house.store.count_unsent() == 50
    registry.refuses = set()
    while await house.store.count_unsent():
        await house.feed.turn()
    assert house.numbers() == numbers[REFUSED_MAX:]


@one_database
async def test_only_refusals_in_a_row_count(house, registry, monkeypatch):
    monkeypatch.setattr(feeding, "REFUSED_MAX", 2)
    numbers = await house.add(10)
    registry.refuses = {numbers[n] for n in (0, 3, 6, 9)}
    await house.feed.turn()
    assert await house.store.count_unsent() == 0
    assert len(registry.acknowledged) == 6


# -- one at a time ------------------------------------------------------------------------------


async def test_of_two_workers_one_sends(house, registry):
    numbers = await house.add(50)
    feeds = [house.feed, house.new_feed("two")]
    waits = await asyncio.gather(*(feed.turn() for feed in feeds))
    assert sorted(waits) == [0, POLL_SECONDS]
    assert house.numbers() == numbers
    assert len(registry.batches) == 1


async def test_the_lease_is_one_holders_until_it_ends(house):
    claim = house.store.claim
    assert await claim("one", now=NOW, lease_seconds=30)
    assert not await claim("two", now=NOW + timedelta(seconds=30), lease_seconds=30)
    assert await claim("one", now=NOW + timedelta(seconds=20), lease_seconds=30)
    assert not await claim("two", now=NOW + timedelta(seconds=50), lease_seconds=30)
    assert await claim("two", now=NOW + timedelta(seconds=51), lease_seconds=30)
    assert not await claim("one", now=NOW + timedelta(seconds=51), lease_seconds=30)


async def test_the_lease_given_back_is_free_and_only_its_holder_gives_it(house):
    assert await house.store.claim("one", now=NOW, lease_seconds=30)
    await house.store.release("two")
    assert not await house.store.claim("two", now=NOW, lease_seconds=30)
    await house.store.release("one")
    assert await house.store.claim("two", now=NOW, lease_seconds=30)


def test_neither_call_nor_wait_outlives_the_lease():
    assert LEASE_SECONDS > 2 * CALL_SECONDS_MAX
    assert BACKOFF.longest_seconds <= LEASE_SECONDS


@one_database
async def test_while_one_waits_out_an_outage_the_other_does_not_try(house, registry):
    await house.add(1)
    registry.mode = (503, b"")
    await house.feed.turn()
    assert await house.new_feed("two").turn() == POLL_SECONDS
    assert len(registry.batches) == 1


@one_database
async def test_a_worker_that_lost_the_lease_among_refusals_stops(house, registry, monkeypatch):
    numbers = await house.add(4)
    registry.refuses = {numbers[0]}
    claims = iter([True, False, False])

    async def claim(*_, **__):
        return next(claims)

    monkeypatch.setattr(house.store, "claim", claim)
    await house.feed.turn()
    assert len(registry.batches) == 1


@one_database
async def test_a_stop_finishes_the_batch_and_gives_the_lease_back(house, registry):
    await house.add(3)
    registry.gate.clear()
    running = asyncio.create_task(house.feed.run())
    async with asyncio.timeout(10):
        while not registry.acknowledged:
            await asyncio.sleep(0.01)
    running.cancel()
    asyncio.get_running_loop().call_soon(registry.gate.set)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await house.store.count_unsent() == 0
    assert await house.store.claim("two", now=NOW, lease_seconds=30)


@one_database
async def test_a_database_that_is_down_is_waited_for(house, monkeypatch):
    async def down(*_, **__):
        raise UnavailableError

    monkeypatch.setattr(house.store, "count_unsent", down)
    monkeypatch.setattr(house.store, "claim", down)
    assert await house.feed.turn() > 0


async def test_waiting_records_are_counted_up_to_a_bound(house):
    await house.add(5)
    assert await house.store.count_unsent() == 5
    assert await house.store.count_unsent(limit=3) == 3


@one_database
async def test_what_is_due_is_found_without_reading_every_record(house):
    explain = Statement(f"EXPLAIN QUERY PLAN {DUE.sql}")
    plan = str(await house.database.read(lambda use: use.all(explain, limit=5)))
    assert "ix_records_to_be_told" in plan
    assert "TEMP B-TREE" not in plan
