"""What is told of a load: never a rate of a server that had not its core."""

import pytest

from tests.bench.load import Told
from tests.bench.measure import Row, Run, missing
from tests.bench.report import compared, figure_line, notes, row_lines, verdict
from tests.bench.rows import Figure
from tests.bench.talks import COMMIT, TURN


def run(share, *, workers=1, count=1_000, own=0.3):
    told = Told(took=2.0, own_cpu=2 * own, answers={TURN: [0.001] * count})
    return Run(told, 2 * share * workers, 0.1, workers)


def row(*shares, name="turn", **more):
    return Row(name, TURN, 1, [run(share, **more) for share in shares])


def test_a_server_with_85_percent_of_its_core_is_told():
    assert row(0.85).rate == 500
    assert notes(row(0.85)) == []


def test_a_server_with_less_is_busy_and_its_rate_is_not_told():
    seen = row(0.84)
    assert seen.rate is None
    assert notes(seen) == ["busy: server had only 84% of a core"]
    assert "500" not in "".join(row_lines(seen))


def test_cpu_is_told_however_busy_the_machine_is():
    assert row(0.5).cpu_us == pytest.approx(1_000)
    assert "1000.0" in "".join(row_lines(row(0.5)))


def test_each_worker_is_to_have_a_core():
    assert row(0.85, workers=2).rate == 500
    assert notes(row(0.5, workers=2)) == ["busy: server had only 50% of a core each"]


def test_most_rounds_must_have_had_a_core():
    assert row(0.9, 0.9, 0.5).rate == 500
    assert notes(row(0.9, 0.9, 0.5)) == ["2 of 3 rounds had 85% of a core"]
    assert row(0.9, 0.5, 0.5).rate is None
    assert row(0.9, 0.5).rate is None


def test_a_load_that_needs_its_whole_core_is_named_as_the_limit():
    assert notes(row(0.9, own=0.91)) == ["limited by the load generator: over 90% of its core"]
    assert notes(row(0.9, own=0.90)) == []


def test_rates_are_compared_only_where_both_had_a_core():
    [cpu] = compared([row(0.9), row(0.5, name="floor")])
    assert cpu == ("CPU of a turn / CPU of the floor", pytest.approx(1.8), "x", True)
    assert figure_line(Figure(*cpu)).endswith("busy")  # told, but held against no aim
    names = [name for name, *_ in compared([row(0.9), row(0.9, name="floor")])]
    assert names == ["CPU of a turn / CPU of the floor", "turn / floor"]


def test_an_aim_is_met_at_its_bound():
    assert verdict("turn / floor", 0.75) == "at least 0.75: met"
    assert verdict("turn / floor", 0.7499) == "at least 0.75: MISSED"
    assert verdict("turn among 1,000,000 / 1,000, CPU", 1.1) == "at most 1.1: met"
    assert verdict("something else", 1) == ""


def test_everybody_who_was_told_must_be_on_record():
    told = Told(answers={TURN: [0.1] * 12, COMMIT: [0.1] * 2})
    assert missing(told, (5, 5), (7, 7)) == ""
    lost = "2 people were told, 1 are on record, 2 intents made a record"
    assert missing(told, (5, 5), (6, 7)) == lost


def test_a_row_that_failed_says_so_first():
    seen = row(0.9)
    seen.runs.append(Run(Told(took=1.0), 0.9, 0.0, 1, failed="2 people were told"))
    assert notes(seen)[0] == "FAILED: 2 people were told"
