"""A case's number is one of ours, and leads back to the case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.cases.number import case_id, case_number
from core.registration.number import MistypedNumberError, parse_number


@given(st.integers(1, (1 << 35) - 1))
def test_the_number_of_a_case_leads_back_to_it(one):
    number = case_number(one)
    assert parse_number(number) == number
    assert case_id(number) == one


def test_neighbours_have_numbers_that_look_unalike():
    assert len({case_number(one)[:2] for one in range(1, 33)}) > 20


def test_a_mistyped_number_is_no_case():
    with pytest.raises(MistypedNumberError):
        case_id("7K3M-9QXX")
