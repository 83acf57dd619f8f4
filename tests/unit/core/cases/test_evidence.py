"""Three columns side by side: what differs, and how alike the names are."""

from dataclasses import replace

from core.cases.evidence import Column, Evidence, Tie, compare
from core.cases.kinds import CaseKind
from tests.fixtures.cases import HIS_NAME, evidence, incoming, on_file, roster
from tests.scripts import NAME


def test_fields_that_disagree_are_marked_and_empty_ones_are_not():
    found = evidence(incoming=incoming(), roster=roster(HIS_NAME))
    assert found.differences == {"full_name", "phone"}


def test_case_and_degrees_make_no_difference():
    found = evidence(incoming=replace(on_file(), full_name=f"{NAME.lower()}, S.Kep"))
    assert found.differences == frozenset()
    assert found.same("on_file", "incoming")


def test_each_pair_of_names_has_its_likeness():
    found = evidence(incoming=incoming(), roster=roster(HIS_NAME))
    assert found.ties["incoming", "roster"] == Tie(100, same=True)
    assert found.likeness("on_file", "incoming") < 60
    assert not found.same("on_file", "roster")


def test_a_column_without_a_name_is_like_nothing():
    found = compare(Evidence(kind=CaseKind.TWIN_NIK, on_file=Column()), name_match_min=88)
    assert found.ties == {}
    assert found.likeness("on_file", "roster") == 0
