"""The demo rows: marked as such, the same when seeded again, and all of them usable."""

from datetime import UTC, datetime, timedelta

import pytest

from core.database.drivers import driver_for
from core.fields.nik import parse_nik
from gateway.demo import DAYS_AHEAD, seed_demo

NOW = datetime(2021, 1, 15, 3, 0, tzinfo=UTC)  # a Friday


def ask(url, sql):
    connection = driver_for(url).connect()
    try:
        return [tuple(row) for row in connection.execute(sql).fetchall()]
    finally:
        connection.close()


@pytest.fixture
def seeded_url(database_url):
    seed_demo(database_url, campaign="test", now=NOW)
    return database_url


def test_every_demo_row_is_marked(seeded_url):
    assert ask(seeded_url, "SELECT count(*) FROM roster WHERE demo <> 1") == [(0,)]
    assert ask(seeded_url, "SELECT count(*) FROM facilities WHERE demo <> 1") == [(0,)]
    for code, name in ask(seeded_url, "SELECT code, name FROM facilities"):
        assert code.startswith("DEMO-")
        assert "(contoh)" in name


def test_everyone_works_somewhere_and_has_a_sound_nik(seeded_url):
    places = {code for (code,) in ask(seeded_url, "SELECT code FROM facilities")}
    members = ask(seeded_url, "SELECT nik, facility_code FROM roster")
    assert len(members) >= 10
    for nik, place in members:
        assert parse_nik(nik, today=NOW.date()).region_known
        assert place in places


def test_slots_begin_tomorrow_in_the_hours_of_the_place(seeded_url):
    first = "SELECT min(start), max(start) FROM slots WHERE facility_code LIKE 'DEMO-9171%'"
    ((earliest, latest),) = ask(seeded_url, first)
    assert earliest.startswith("2021-01-15T23:00")  # 08:00 on Saturday in Jayapura
    assert latest.startswith((NOW + timedelta(days=DAYS_AHEAD)).date().isoformat())


def test_seeding_again_adds_only_days(seeded_url):
    ((before,),) = ask(seeded_url, "SELECT count(*) FROM slots")
    seed_demo(seeded_url, campaign="test", now=NOW)
    assert ask(seeded_url, "SELECT count(*) FROM slots") == [(before,)]
    seed_demo(seeded_url, campaign="test", now=NOW + timedelta(days=1))
    assert ask(seeded_url, "SELECT count(*) FROM slots")[0][0] > before
    assert ask(seeded_url, "SELECT count(*) FROM roster") == [(12,)]
