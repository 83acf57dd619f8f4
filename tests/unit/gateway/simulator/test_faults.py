"""Faults on purpose: they begin and end when they are told to."""

import pytest

from core.database.unavailable import UnavailableError
from gateway.simulator.faults import Faults


def test_a_store_is_away_for_as_long_as_it_was_told():
    now, reported = [100.0], []
    faults = Faults(lambda: now[0])
    faults.begin("redis", 10)
    faults.check("sql", reported.append)
    for now[0] in (100.0, 109.9):
        with pytest.raises(UnavailableError):
            faults.check("redis", reported.append)
    assert faults.left() == {"redis": 1}
    now[0] = 110.0
    faults.check("redis", reported.append)
    assert faults.left() == {}
    assert reported == ["refused", "refused"]


def test_it_can_be_given_back_before():
    faults = Faults(lambda: 5.0)
    faults.begin("sql", 60)
    faults.begin("sql", 0)
    faults.check("sql", lambda _: None)
    assert faults.left() == {}


@pytest.mark.parametrize("kind", ["late", "lost", "twice", "busy", "silent", "nobody"])
def test_what_was_to_befall_the_next_message_can_be_given_back(kind):
    faults = Faults(lambda: 5.0)
    faults.begin(kind, 0)  # of which there is none
    faults.begin(kind, 1)
    faults.begin(kind, 0)
    assert faults.left() == {}


def test_what_happens_to_the_next_message_is_told():
    faults = Faults(lambda: 5.0)
    faults.begin("late", 3)
    assert faults.left() == {"late": 3}
