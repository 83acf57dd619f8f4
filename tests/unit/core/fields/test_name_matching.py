"""Names that are one person's, and names that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fields.name_matching import fold_name, names_match

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
        ("Siti, S.Kep.Ns", "siti"),
        ("Siti, S. Tr. Keb., M. Kes", "siti"),
        ("Siti A. Md. Keb.", "siti"),
        ("Budi, S.H., M.H.", "budi"),
        ("Budi, Sp.OG(K)", "budi"),
        ("Budi, Sp.PD-KGEH", "budi"),
        ("St. Aminah, S.T.", "st aminah"),
        ("Ma\u2019ruf", "maruf"),
        ("(Ani)", "ani"),
        ("\u1260\u1240\u1208", "\u1260\u1240\u1208"),
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
        ("Siti Aminah", "Siti Amniah"),
        ("Siti Aminah", "Siit Aminah"),
        ("Siti Aminah", "Sti Aminah"),
        ("Siti Aminah", "St. Aminah"),
        ("Muhammad Yusuf", "M. Yusuf"),
        ("Mochamad Yusuf", "Moh. Yusuf"),
        ("Abdul Rahman", "Abd. Rahman"),
        ("Soekarno", "Sukarno"),
        ("Fitri Lestari", "Fitri Lestary"),
        ("Siti Nurhaliza", "Nurhalizah Sitti"),
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
        ("Rina Susanti", "Rini Susanti"),
        ("Putra Wijaya", "Putri Wijaya"),
        ("Eko Susanto", "Eko Susanti"),
        ("Dewi Lestari", "Desi Lestari"),
        ("Hasan Basri", "Husen Basri"),
        ("Hasan Basri Nasution", "Husin Basri Nasution"),
        ("A Rahman", "B Rahman"),
        ("Ani Sri Wahyuningsih Kusumaningrum", "Ari Sri Wahyuningsih Kusumaningrum"),
        ("Adi", "Andi"),
        ("Yusuf", "Yunus"),
        ("Siti", "St."),
        ("\u1260\u1240\u1208", "\u1270\u1250\u1218"),
        ("...", "---"),
        ("", "Siti"),
    ],
)
def test_two_people(one, other):
    assert not names_match(one, other, match_min=MATCH_MIN)


WORDS = st.sampled_from(
    ["Siti", "Aminah", "Aminnah", "Rina", "Rini", "M.", "H.", "S.Kep", "dr.", "St", "Sp", "OG"]
)
NAMES = st.text(max_size=60) | st.lists(WORDS, max_size=8).map(" ".join)


@given(NAMES, NAMES, st.integers(50, 100))
def test_matching_is_mutual(one, other, match_min):
    assert names_match(one, one, match_min=match_min)
    assert names_match(one, other, match_min=match_min) == names_match(
        other, one, match_min=match_min
    )


@given(NAMES)
def test_a_folded_name_folds_to_itself(name):
    assert fold_name(fold_name(name)) == fold_name(name)


def test_the_campaign_says_how_alike():
    assert not names_match("Siti Aminah", "Siti Amina", match_min=100)
    assert names_match("Siti Aminah", "SITI AMINAH", match_min=100)
    assert not names_match("Siti Nurhaliza", "Sitti Nurhalizza", match_min=95)
    assert names_match("Siti Nurhaliza", "Sitti Nurhalizza", match_min=85)
