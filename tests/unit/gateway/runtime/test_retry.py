"""How long is waited before what failed is tried again."""

import pytest

from gateway.runtime.retry import DOUBLINGS_MAX, Backoff

BACKOFF = Backoff(2.0, 60.0)


@pytest.mark.parametrize(("failures", "seconds"), [(1, 2), (2, 4), (5, 32), (6, 60), (10**6, 60)])
def test_waits_double_up_to_the_longest_half_of_them_by_chance(failures, seconds):
    assert BACKOFF.whole_seconds(failures) == BACKOFF.seconds(failures, 1) == seconds
    assert BACKOFF.seconds(failures, 0) == seconds / 2


def test_doubling_ends_where_numbers_would():
    assert Backoff(1.0, float("inf")).whole_seconds(10**9) == 2.0**DOUBLINGS_MAX
