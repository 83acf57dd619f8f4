"""The desk's first page and its list of messages, on both databases."""

from datetime import timedelta
from functools import partial

import pytest

from core.database.statements import iso_utc
from core.operators import outbox_search
from core.operators.outbox_search import ITEMS_MAX, Wanted, find_messages
from core.operators.today import SEATS_DAYS, read_seats, read_today
from core.outbox.store import SqlOutbox
from tests.contract.test_record_stores import MAIL, NOW, intent
from tests.fixtures.clinics import BANDUNG, CAMPAIGN, JAYAPURA, SOREANG, START, SqlClinics, book
from tests.fixtures.effects import recorder
from tests.integration.test_deadletters import bury
from tests.integration.test_sender import outgoing


async def found(database, **wanted):
    return await database.read(partial(find_messages, wanted=Wanted(**wanted)))


async def whys(database, **wanted):
    return [one["why"] for one in (await found(database, **wanted)).items]


async def test_messages_are_found_by_what_became_of_them(database):
    await bury(database)
    assert await whys(database, status="dead") == ["silent", "code%2", "code_12", "code_1"]
    assert await whys(database, why="code_1") == ["code_12", "code_1"]
    assert await whys(database, why="code%") == ["code%2"]
    assert await whys(database, status="queued") == [""]
    assert await whys(database, channel="email") == []
    assert len(await whys(database, provider="meta")) == 4
    later = iso_utc(START + timedelta(days=1))
    assert await whys(database, since=later) == []
    assert len(await whys(database, until=later)) == 5


async def test_an_address_is_shown_masked(database):
    await SqlOutbox(database).put(outgoing("a"))
    (one,) = (await found(database)).items
    assert "*" in one["address"]
    assert tuple(one) == outbox_search.SHOWN


@pytest.mark.parametrize("count", [ITEMS_MAX, ITEMS_MAX + 1])
async def test_more_messages_than_one_page_have_a_cursor(database, count):
    outbox = SqlOutbox(database)
    for place in range(count):
        await outbox.put(outgoing(str(place)))
    first = await found(database)
    assert len(first.items) == ITEMS_MAX
    assert (first.next is not None) == (count > ITEMS_MAX)
    if first.next is not None:
        assert [one["id"] for one in (await found(database, after=first.next)).items] == [1]


async def test_a_search_reads_a_bounded_number_of_messages(database, monkeypatch):
    monkeypatch.setattr(outbox_search, "SCANNED_MAX", 3)
    await bury(database)
    first = await found(database, why="code_1")
    assert (first.items, first.next) == ([], 3)
    assert await whys(database, why="code_1", after=first.next) == ["code_12", "code_1"]


async def test_the_day_counts_what_waits_and_since_when(database):
    await bury(database)
    record = recorder(database)
    await record(intent())
    await record(intent("2", full_name="Budi Santoso", address=MAIL))
    today = await database.read(partial(read_today, now=NOW))
    assert [(one["kind"], one["count"]) for one in today["cases"]] == [("name_conflict", 1)]
    assert {one["why"]: one["count"] for one in today["dead"]} == dict.fromkeys(
        ("code_1", "code_12", "code%2", "silent"), 1
    )
    assert today["queued"]["count"] >= 1
    assert today["approvals"] == {"count": 0, "since": None}
    assert {"channel": "sms", "provider": "meta", "count": 4, "dead": 4} in today["providers"]


async def test_an_empty_house_has_nothing_that_waits(database):
    nothing = {"count": 0, "since": None}
    assert await database.read(partial(read_today, now=NOW)) == {
        "cases": [],
        "dead": [],
        "providers": [],
        **dict.fromkeys(("queued", "checks", "approvals"), nothing),
    }


async def test_seats_are_counted_by_regency_and_the_scarcest_first(database_url):
    clinics = SqlClinics(database_url)
    number = await clinics.register(1)
    today = await clinics.open(SOREANG, START + timedelta(hours=1), capacity=3)
    await clinics.open(BANDUNG, START - timedelta(hours=1), capacity=5)  # over
    await clinics.open(JAYAPURA, START + timedelta(days=1), capacity=1)
    await clinics.open(JAYAPURA, START + timedelta(days=SEATS_DAYS), capacity=7)
    await clinics.store.do(book(number, today))
    reading = partial(read_seats, campaign=CAMPAIGN, now=START)
    seats = await clinics.database.read(reading)
    await clinics.close()
    assert seats["regencies"] == [
        {"code": "9171", "name": "Kota Jayapura", "free": 1, "capacity": 1},
        {"code": "3204", "name": "Kabupaten Bandung", "free": 2, "capacity": 3},
    ]
    assert seats["appointments"] == {"booked": 1}
