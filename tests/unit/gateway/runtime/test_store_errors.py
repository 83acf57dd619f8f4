"""What stores fail with is counted, and told often enough and not too often."""

from threading import Thread

import pytest

from gateway.runtime.metrics import Metrics
from gateway.runtime.store_errors import CAUSES_MAX, StoreErrors

NIK = "3204115706960001"


@pytest.fixture
def errors():
    made = StoreErrors(Metrics())
    made.counted = lambda: {
        (sample.labels["store"], sample.labels["cause"]): sample.value
        for family in made._metrics.registry.collect()
        for sample in family.samples
        if sample.name == "satupintu_store_errors_total"
    }
    return made


def causes(lines):
    return [(line["store"], line["cause"], line["count"]) for line in lines]


def test_the_first_error_is_logged_at_once_and_the_others_together(errors, logged):
    for _ in range(5):
        errors.note("redis", "OOM")
    errors.note("database", "53100")
    assert causes(logged()) == [("redis", "OOM", 1), ("database", "53100", 1)]
    errors.log_counts()
    assert causes(logged())[2:] == [("redis", "OOM", 4)]
    assert errors.counted() == {("redis", "OOM"): 5, ("database", "53100"): 1}


def test_an_error_that_goes_on_is_logged_once_a_while_and_one_that_returns_at_once(errors, logged):
    errors.note("redis", "OOM")
    errors.note("redis", "OOM")
    errors.log_counts()
    errors.note("redis", "OOM")
    assert causes(logged()) == [("redis", "OOM", 1), ("redis", "OOM", 1)]
    errors.log_counts()
    errors.log_counts()
    errors.note("redis", "OOM")
    assert causes(logged())[2:] == [("redis", "OOM", 1), ("redis", "OOM", 1)]


@pytest.mark.parametrize("words", ["", "a b", "x" * 41, NIK + "@x", "\n", "é"])
def test_what_is_no_code_is_other(words, errors, logged):
    errors.note("redis", words)
    assert causes(logged()) == [("redis", "other", 1)]
    assert errors.counted() == {("redis", "other"): 1}


def test_causes_are_bounded_for_each_store(errors, logged):
    for number in range(CAUSES_MAX + 5):
        errors.note("redis", f"E{number}")
    errors.note("redis", "E0")
    errors.note("database", "E0")
    assert len(errors.counted()) == CAUSES_MAX + 2
    assert errors.counted()["redis", "other"] == 5
    assert errors.counted()["redis", "E0"] == 2
    assert len(logged()) == CAUSES_MAX + 2


def test_threads_lose_no_count(errors, logged):
    threads = [
        Thread(target=lambda: [errors.note("database", "08006") for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    errors.log_counts()
    assert errors.counted() == {("database", "08006"): 2_000}
    assert sum(count for _store, _cause, count in causes(logged())) == 2_000
