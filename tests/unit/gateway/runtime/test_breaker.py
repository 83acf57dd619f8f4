"""The circuit breaker, with the time as an argument."""

from gateway.runtime.breaker import FAILURES_MAX, REST_SECONDS, Breaker, State


def opened(now=0.0):
    breaker = Breaker()
    for _ in range(FAILURES_MAX):
        assert breaker.allows(now)
        breaker.failed(now)
    return breaker


def test_fewer_failures_than_the_bound_stop_nothing():
    breaker = Breaker()
    for _ in range(FAILURES_MAX - 1):
        breaker.failed(0)
    assert breaker.allows(0)
    assert breaker.state is State.CLOSED


def test_only_failures_in_a_row_count():
    breaker = Breaker()
    for _ in range(FAILURES_MAX * 2):
        breaker.failed(0)
        breaker.succeeded()
    assert breaker.allows(0)


def test_who_failed_often_in_a_row_is_left_alone():
    breaker = opened()
    assert breaker.state is State.OPEN
    assert not breaker.allows(0)
    assert not breaker.allows(REST_SECONDS - 0.001)


def test_after_the_rest_one_is_tried_and_no_other():
    breaker = opened()
    assert breaker.allows(REST_SECONDS)
    assert breaker.state is State.TRIAL
    assert not breaker.allows(REST_SECONDS)


def test_a_trial_that_succeeds_lets_all_through():
    breaker = opened()
    assert breaker.allows(REST_SECONDS)
    breaker.succeeded()
    assert breaker.state is State.CLOSED
    assert breaker.allows(REST_SECONDS)
    breaker.failed(REST_SECONDS)
    assert breaker.allows(REST_SECONDS), "it counts from none again"


def test_a_trial_that_fails_is_followed_by_a_whole_rest():
    breaker = opened()
    assert breaker.allows(REST_SECONDS)
    breaker.failed(REST_SECONDS + 5)
    assert not breaker.allows(2 * REST_SECONDS + 4.9)
    assert breaker.allows(2 * REST_SECONDS + 5)


def test_a_trial_of_which_nobody_heard_is_made_again():
    breaker = opened()
    assert breaker.allows(REST_SECONDS)
    assert not breaker.allows(2 * REST_SECONDS - 0.1)
    assert breaker.allows(2 * REST_SECONDS)
