"""Which written names are one person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.names import fold_name, names_match

MATCH_MIN = 88


@pytest.mark.parametrize(
    ("name", "folded"),
    [
        ("SITI AMINAH, S.Kep., Ns.", "siti aminah"),
        ("Siti Aminah, S. Kep", "siti aminah"),
        ("dr. H. Ahmad Ma'ruf, Sp.A(K)", "ahmad maruf"),
        ("Hj. Siti", "siti"),
        ("A.Md.Keb Rina", "rina"),
        ("apt. Budi, S.Farm", "budi"),
        ("M.Yusuf", "m yusuf"),
        ("Anne-Marie", "anne marie"),
        ("Jos\u00e9", "jose"),
        ("Haji", "haji"),
        ("", ""),
    ],
)
def test_case_marks_and_degrees_do_not_count(name, folded):
    assert fold_name(name) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SITI AMINAH", "Siti Aminah, S.Kep."),
        ("SITI AMINAH", "SITI AMINAAH"),
        ("Siti Aminah", "Siti Amina"),
        ("Siti Aminah", "AMINAH SITI"),
        ("SITIAMINAH", "Siti Aminah"),
        ("Muhammad Yusuf", "Mohammad Yusuf"),
        ("Suharto", "Soharto"),
    ],
)
def test_one_person(one, other):
    assert names_match(one, other, match_min=MATCH_MIN)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Siti Aminah", "Siti Aisyah"),
        ("Siti Aminah", "Budi Santoso"),
        ("Siti Aminah", "Siti"),
        ("Siti Aminah", "Siti Aminah Putri"),
        ("Ahmad Fauzi", "Ahmad Fauzan"),
        ("Ani", "Ari"),
        ("Dewi Lestari", "Dwi Lestono"),
    ],
)
def test_two_people(one, other):
    assert not names_match(one, other, match_min=MATCH_MIN)


@given(st.text(max_size=60), st.text(max_size=60))
def test_matching_is_mutual_and_folding_is_stable(one, other):
    assert names_match(one, one, match_min=MATCH_MIN)
    assert names_match(one, other, match_min=MATCH_MIN) == names_match(
        other, one, match_min=MATCH_MIN
    )
