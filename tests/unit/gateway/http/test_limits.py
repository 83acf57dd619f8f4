"""Requests a minute: what was not used may come at once, and what waits is told how long."""

import pytest

from gateway.http import limits as limiting
from gateway.http.limits import Limits


class Clock:
    def __init__(self):
        self.seconds = 1_000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


def taken(limits, kind, key, tries=100):
    """Return how many of so many requests at one moment are taken."""
    return sum(limits.wait_seconds(kind, key) == 0 for _ in range(tries))


@pytest.mark.parametrize("rate", [1.0, 6.0, 60.0])
def test_a_minutes_worth_comes_at_once_and_no_more(rate, clock):
    assert taken(Limits({"address": rate}, now=clock), "address", "1.2.3.4") == rate


def test_whoever_waits_as_long_as_is_said_is_taken_and_not_before(clock):
    limits = Limits({"address": 6.0}, now=clock)
    taken(limits, "address", "1.2.3.4")
    wait = limits.wait_seconds("address", "1.2.3.4")
    assert wait == 10
    clock.seconds += wait - 0.1
    assert limits.wait_seconds("address", "1.2.3.4") == 1
    clock.seconds += 0.1
    assert limits.wait_seconds("address", "1.2.3.4") == 0
    assert limits.wait_seconds("address", "1.2.3.4") == 10


def test_what_was_turned_away_does_not_count(clock):
    limits = Limits({"address": 6.0}, now=clock)
    taken(limits, "address", "1.2.3.4", 1_000)
    clock.seconds += 60
    assert taken(limits, "address", "1.2.3.4") == 6


def test_kinds_and_keys_are_counted_apart(clock):
    limits = Limits({"address": 2.0, "token": 1.0}, now=clock)
    assert taken(limits, "address", "a") == 2
    assert taken(limits, "address", "b") == 2
    assert taken(limits, "token", "a") == 1


def test_no_limit_and_no_key_are_never_made_to_wait(clock):
    limits = Limits({"address": 0.0, "token": 1.0}, now=clock)
    assert taken(limits, "address", "a") == 100
    assert taken(limits, "token", "") == 100


def test_so_many_are_remembered_and_the_quietest_is_forgotten(clock, monkeypatch):
    monkeypatch.setattr(limiting, "KEYS_MAX", 3)
    limits = Limits({"token": 2.0}, now=clock)
    for key in ("a", "b", "c", "a", "d"):  # "b" was quiet longest
        assert limits.wait_seconds("token", key) == 0
    assert taken(limits, "token", "a") == 0
    assert taken(limits, "token", "c") == 1
    assert taken(limits, "token", "b") == 2
