"""The clock of a process: the machine's, unless dev is told what time it is."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from gateway.runtime.clock import AHEAD_SECONDS_MAX, FILE, TurnedClock, make_clock, utc_now
from gateway.settings.settings import Settings

NOON = datetime(2021, 1, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_else_is_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_without_a_setting_it_is_the_machines():
    before = utc_now()
    assert before <= make_clock(Settings())() <= utc_now()


@pytest.mark.parametrize("now", [NOON, datetime(2035, 6, 1, 23, 59, tzinfo=UTC)])
def test_in_dev_it_begins_where_it_is_told_and_goes_on(now):
    began = utc_now()
    clock = make_clock(Settings(now=now))
    first, second = clock(), clock()
    assert now <= first <= second
    assert second - now <= utc_now() - began
    while clock() == second:  # it moves as the machine's does
        pass


def test_a_time_with_an_offset_is_that_moment():
    clock = make_clock(Settings(now="2021-01-20T19:00:00+07:00"))
    assert timedelta() <= clock() - NOON < timedelta(minutes=1)


def test_production_does_not_honour_it():
    before = utc_now()
    assert before <= make_clock(Settings(now=NOON, mode="production"))() <= utc_now()


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        ("2000-01-01T00:00:00Z", True),
        ("1999-12-31T23:59:59Z", False),
        ("2099-12-31T23:59:59Z", True),
        ("2100-01-01T00:00:00Z", False),
        ("2021-01-20T09:00:00", False),
        ("9 in the morning", False),
    ],
)
def test_a_time_is_whole_and_within_the_century(now, taken):
    if taken:
        assert make_clock(Settings(now=now))().tzinfo is UTC
    else:
        with pytest.raises(ValidationError):
            Settings(now=now)


def turned(tmp_path):
    return TurnedClock(lambda: NOON, tmp_path / FILE)


@pytest.mark.parametrize("ahead_seconds", [0, 1, AHEAD_SECONDS_MAX])
def test_a_turned_clock_stays_turned_for_the_next_one(ahead_seconds, tmp_path):
    clock = turned(tmp_path)
    clock.turn(ahead_seconds)
    ahead = timedelta(seconds=ahead_seconds)
    assert clock() == turned(tmp_path)() == NOON + ahead
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("ahead_seconds", [-1, AHEAD_SECONDS_MAX + 1])
def test_it_turns_forward_and_within_its_bound(ahead_seconds, tmp_path):
    clock = turned(tmp_path)
    clock.turn(60)
    with pytest.raises(ValueError, match="seconds ahead"):
        clock.turn(ahead_seconds)
    assert turned(tmp_path).ahead_seconds == 60


@pytest.mark.parametrize("kept", ["", "soon", "-1", str(AHEAD_SECONDS_MAX + 1), "1.5", "\x00"])
def test_a_file_that_says_nothing_of_use_turns_nothing(kept, tmp_path):
    (tmp_path / FILE).write_text(kept)
    assert turned(tmp_path).ahead_seconds == 0


def test_dev_can_be_turned_and_production_cannot(tmp_path):
    given = {"data_dir": tmp_path, "now": NOON}
    (tmp_path / FILE).write_text("3600")
    clock = make_clock(Settings(**given))
    assert timedelta(hours=1) <= clock() - NOON < timedelta(hours=1, minutes=1)
    for more in ({"mode": "production"}, {"simulator": False}):
        assert not isinstance(make_clock(Settings(**given, **more)), TurnedClock)
