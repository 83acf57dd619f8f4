"""Which provider is tried when, and how fast."""

import pytest

from gateway.sending.routing import (
    ALARM_SECONDS,
    BURST_SECONDS,
    FAILURES_MAX,
    REST_SECONDS,
    Alarms,
    Health,
    Pace,
    Prefixes,
    order_routes,
)

NAMES = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("preferred", "refused_by", "deprioritised", "tried"),
    [
        (None, (), (), "abc"),
        ("b", (), (), "bac"),
        ("b", ("b",), (), "ac"),
        ("b", (), ("b",), "acb"),
        (None, (), ("template/b",), "acb"),
        (None, (), ("a", "b"), "cab"),
        ("odd", (), ("odd", ""), "abc"),
        (None, NAMES, (), ""),
    ],
)
def test_providers_are_tried_in_this_order(preferred, refused_by, deprioritised, tried):
    order = order_routes(
        NAMES, preferred=preferred, refused_by=refused_by, deprioritised=deprioritised
    )
    assert "".join(order) == tried


@pytest.mark.parametrize(
    ("preferred", "late", "tried"),
    [
        ("b", (), ["b", "template/b", "a", "template/a", "sms/a"]),
        (None, ("a",), ["b", "template/b", "sms/a", "a", "template/a"]),
        (None, ("template/a",), ["b", "template/b", "sms/a", "a", "template/a"]),
    ],
)
def test_text_and_template_of_an_account_go_together(preferred, late, tried):
    names = ["a", "template/a", "b", "template/b", "sms/a"]
    given = {"preferred": preferred, "refused_by": (), "deprioritised": late}
    assert order_routes(names, **given) == tried


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sms+62811222", "Telkomsel"),
        ("sms+62811", "Telkomsel"),
        ("sms+6281", "all"),
        ("sms+62817222", "XL"),
        ("sms", "all"),
        ("sm", "none"),
        ("whatsapp+62811222", "none"),
    ],
)
def test_the_longest_beginning_decides(text, found):
    given = {"sms": "all", "sms+62811": "Telkomsel", "sms+62817": "XL"}
    assert Prefixes(given).find(text, "none") == found
    assert Prefixes({}).find(text, "none") == "none"


def test_who_fails_too_often_in_a_row_rests_for_a_while():
    health = Health()
    for _ in range(FAILURES_MAX - 1):
        assert health.note("a", well=False, now=0)
    assert health.resting(now=0) == []
    assert not health.note("a", well=False, now=1)
    assert health.resting(now=REST_SECONDS + 0.9) == ["a"]
    assert health.resting(now=REST_SECONDS + 1) == []
    assert not health.note("a", well=False, now=50)
    assert health.note("a", well=True, now=51)
    assert health.resting(now=51) == []


def test_a_cause_is_logged_once_in_a_while():
    alarms = Alarms()
    assert alarms.is_due("a code_190", now=0)
    assert not alarms.is_due("a code_190", now=ALARM_SECONDS - 0.1)
    assert alarms.is_due("a code_368", now=1)
    assert alarms.is_due("a code_190", now=ALARM_SECONDS)
    assert not alarms.is_due("a code_190", now=ALARM_SECONDS + 1)


def test_turns_come_at_the_rate_after_a_burst():
    pace = Pace()
    waits = [pace.wait_seconds("a", rate=4, now=100) for _ in range(7)]
    assert waits == [0, 0, 0, 0, 0.25, 0.5, 0.75]
    assert waits.count(0) == 4 * BURST_SECONDS
    assert pace.wait_seconds("b", rate=4, now=100) == 0
    assert pace.wait_seconds("a", rate=4, now=101) == 0
    assert [pace.wait_seconds("c", rate=0, now=100) for _ in range(9)] == [0] * 9
    assert [pace.wait_seconds("d", rate=0.5, now=100) for _ in range(3)] == [0, 2, 4]
