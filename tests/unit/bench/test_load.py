"""When paced requests are due, and which value a percentile is."""

from itertools import islice

import pytest

from tests.bench.load import due_times, percentile


def test_lines_take_turns_at_a_steady_pace():
    lines = [list(islice(due_times(line, 4, 100, began=10.0), 5)) for line in range(4)]
    every = sorted(time for line in lines for time in line)
    assert every == pytest.approx([10 + n / 100 for n in range(20)])


def test_one_line_is_due_at_fixed_times_however_late_an_answer_is():
    assert list(islice(due_times(1, 2, 4, began=0.0), 3)) == [0.25, 0.75, 1.25]


@pytest.mark.parametrize(
    ("part", "value"), [(0.0, 1), (0.01, 1), (0.5, 50), (0.501, 51), (0.99, 99), (1.0, 100)]
)
def test_a_percentile_is_the_least_value_that_so_many_are_not_above(part, value):
    assert percentile(range(100, 0, -1), part) == value


def test_a_percentile_of_one_value_and_of_none():
    assert percentile([7], 0.99) == 7
    assert percentile([], 0.99) is None
