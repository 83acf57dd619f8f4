"""NIKs one slip apart, checked against the definition: the places at which they differ."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fields.nik_slips import one_slip_apart, slips

NIK = "3204115706960001"
PAIRS = 20_000
DIGITS = st.text("0123456789", min_size=16, max_size=16)


def defined(one, other):
    apart = [(mine, its) for mine, its in zip(one, other, strict=True) if mine != its]
    return len(apart) == 1 or (len(apart) == 2 and apart[0] == apart[1][::-1])


@given(DIGITS, DIGITS)
def test_any_two_are_compared_as_defined(one, other):
    assert one_slip_apart(one, other) == defined(one, other)


def test_what_is_hardly_apart_is_compared_as_defined():
    random = Random(16)
    for _ in range(PAIRS):
        other = list(NIK)
        left, right = random.choices(range(16), k=2)
        other[left], other[right] = other[right], other[left]
        for place in random.sample(range(16), k=random.randrange(3)):
            other[place] = random.choice("0123456789")
        assert one_slip_apart(NIK, "".join(other)) == defined(NIK, "".join(other))


def test_every_slip_is_one_slip_apart():
    assert all(one_slip_apart(NIK, other) for other in slips(NIK))
    assert not one_slip_apart(NIK, NIK)


@pytest.mark.parametrize("other", ["", NIK[:-1], f"{NIK}0"])
def test_of_another_length_is_no_nik(other):
    with pytest.raises(ValueError, match="length"):
        one_slip_apart(NIK, other)
