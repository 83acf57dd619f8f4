"""What is refused leaves a line a minute for each kind, with its count and without who."""

import pytest

from gateway.runtime.metrics import Metrics
from gateway.runtime.refusals import OUR_FAULT


def lines(logged):
    return [(one["part"], one["status"], one["count"]) for one in logged()]


def test_one_line_for_each_kind_whatever_the_number(logged):
    metrics = Metrics()
    for _ in range(3_000):
        metrics.refused("api", 401)
        metrics.rejected("kannel", 403)
    metrics.rejected("smtp", 550)
    metrics.rejected("kannel", 400)
    assert logged() == []
    metrics.refusals.log_counts()
    assert lines(logged) == [
        ("api", 401, 3_000),
        ("kannel", 400, 1),
        ("kannel", 403, 3_000),
        ("smtp", 550, 1),
    ]
    assert {one["event"] for one in logged()} == {"requests were refused"}
    assert {*logged()[0]} == {"event", "level", "timestamp", "part", "status", "count"}


def test_a_quiet_minute_leaves_no_line(logged):
    metrics = Metrics()
    metrics.refused("api", 401)
    metrics.refusals.log_counts()
    metrics.refusals.log_counts()
    assert lines(logged) == [("api", 401, 1)]


@pytest.mark.parametrize("status", sorted(OUR_FAULT))
def test_what_we_could_not_serve_is_no_refusal(status, logged):
    metrics = Metrics()
    metrics.rejected("smtp", status)
    metrics.refusals.log_counts()
    assert logged() == []
    assert 'satupintu_refused_total{where="smtp"}' not in metrics.text().decode()


def test_refusals_are_counted_by_where(logged):
    metrics = Metrics()
    metrics.rejected("smtp", 550)
    metrics.refused("api", 401)
    text = metrics.text().decode()
    assert 'satupintu_refused_total{where="smtp"} 1.0' in text
    assert 'satupintu_refused_total{where="api"} 1.0' in text
    assert 'satupintu_rejected_total{status="550",wire="smtp"} 1.0' in text
