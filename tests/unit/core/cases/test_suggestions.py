"""What the evidence suggests, and what of it needs no official."""

from dataclasses import replace

import pytest

from core.cases.decisions import TABLE, decide
from core.cases.kinds import CaseKind, Decision
from core.cases.plans import Plan
from core.cases.suggestions import LIKENESS_MIN, RULES, part_of, suggest
from core.messages import Voucher
from tests.fixtures.cases import HERS, HIS, HIS_NAME, evidence, incoming, on_file, roster
from tests.scripts import NAME

CONFLICT, TWIN, ROSTER = CaseKind.NAME_CONFLICT, CaseKind.TWIN_NIK, CaseKind.ROSTER_NAME
APPEAL, LOST, DENIED = CaseKind.NOT_LISTED_APPEAL, CaseKind.LOST_PHONE, CaseKind.PHONE_DENIED
MANY = CaseKind.TOO_MANY
MAIL = replace(incoming(), voucher=Voucher.NOBODY)
YIELDED = replace(MAIL, record_id=2, standing="superseded", number="98B6-1R3K")
CONTESTED = replace(YIELDED, standing="contested")
HER_OWN = replace(incoming(), full_name=NAME)
SLIPPED = replace(incoming(), full_name=NAME, nik=f"{on_file().nik[:-1]}2")
VERIFIED = on_file(status="verified")
BOOKED = on_file(booked=True)
FROM_HERS = replace(incoming(), address=HERS)

ROWS = [
    (CONFLICT, {"incoming": HER_OWN}, "keep", True),
    (TWIN, {"incoming": HER_OWN}, "keep", True),
    (CONFLICT, {"incoming": YIELDED}, "refuse", True),
    (CONFLICT, {"incoming": incoming(), "roster": roster(HIS_NAME)}, "hand_over", True),
    (
        CONFLICT,
        {"incoming": incoming(), "roster": roster(HIS_NAME), "on_file": BOOKED},
        "hand_over",
        False,
    ),
    (CONFLICT, {"incoming": MAIL, "roster": roster(HIS_NAME)}, "hand_over", False),
    (CONFLICT, {"incoming": CONTESTED, "roster": roster(HIS_NAME)}, "hand_over", False),
    (CONFLICT, {"incoming": CONTESTED, "roster": roster()}, "refuse", False),
    (CONFLICT, {"incoming": FROM_HERS, "roster": roster()}, "keep", True),
    (CONFLICT, {"incoming": incoming(), "roster": roster()}, "refuse", True),
    (
        CONFLICT,
        {"incoming": replace(incoming(), full_name="SITI AMALIA"), "roster": roster()},
        "keep",
        False,
    ),
    (CONFLICT, {"incoming": replace(FROM_HERS, full_name="SITI AMALIA")}, "take_new", True),
    (CONFLICT, {"incoming": FROM_HERS}, "take_new", False),
    (CONFLICT, {"incoming": incoming()}, "ask", False),
    (CONFLICT, {"incoming": incoming(), "on_file": None}, None, None),
    (TWIN, {"incoming": SLIPPED, "on_file": None}, "accept", True),
    (TWIN, {"incoming": SLIPPED, "roster": roster(), "on_file": VERIFIED}, "accept", True),
    (TWIN, {"incoming": replace(SLIPPED, address=HERS), "roster": roster()}, "move_nik", True),
    (
        TWIN,
        {"incoming": replace(SLIPPED, address=HERS), "roster": roster(), "on_file": BOOKED},
        "move_nik",
        False,
    ),
    (TWIN, {"incoming": SLIPPED, "roster": roster()}, "move_nik", False),
    (TWIN, {"incoming": SLIPPED, "on_file": VERIFIED}, "keep", True),
    (TWIN, {"incoming": SLIPPED}, "ask", False),
    (ROSTER, {"roster": roster()}, "keep", True),
    (ROSTER, {"roster": roster(f"{NAME} HASANAH")}, "keep", True),
    (ROSTER, {"roster": roster("SITI AMALIA", phone=HERS.value)}, "take_new", True),
    (ROSTER, {"roster": roster(HIS_NAME, phone=HERS.value)}, "take_new", False),
    (ROSTER, {"roster": roster("SITI AMALIA")}, "take_new", False),
    (ROSTER, {"roster": roster(HIS_NAME)}, "ask", False),
    (ROSTER, {}, None, None),
    (APPEAL, {"roster": roster()}, "accept", True),
    (APPEAL, {"on_file": VERIFIED}, "keep", True),
    (APPEAL, {}, None, None),
    (LOST, {"incoming": FROM_HERS}, "keep", True),
    (LOST, {"incoming": incoming(), "roster": roster(phone=HIS.value)}, "accept", True),
    (LOST, {"incoming": incoming(), "roster": roster(HIS_NAME, phone=HIS.value)}, None, None),
    (LOST, {"incoming": incoming(), "roster": roster()}, None, None),
    (DENIED, {}, "keep", True),
    (DENIED, {"on_file": on_file(standing="contested", proven=())}, "refuse", False),
    (DENIED, {"on_file": on_file(proven=())}, None, None),
    (MANY, {"incoming": HER_OWN}, "keep", True),
    (MANY, {"incoming": incoming(), "on_file": None, "roster": roster(HIS_NAME)}, "accept", True),
    (MANY, {"incoming": MAIL, "on_file": None, "roster": roster(HIS_NAME)}, None, None),
]


@pytest.mark.parametrize(("kind", "columns", "decision", "certain"), ROWS)
def test_each_row_of_evidence_has_its_suggestion(kind, columns, decision, certain):
    found = suggest(evidence(kind, **columns))
    assert (found and found.decision, found and found.certain) == (decision, certain)


def test_every_rule_is_seen():
    seen = {
        (kind, found.decision, found.reason.key, found.certain)
        for kind, columns, *_ in ROWS
        if (found := suggest(evidence(kind, **columns)))
    }
    assert seen == {(rule.kind, rule.decision, rule.reason, rule.certain) for rule in RULES}


@pytest.mark.parametrize(("kind", "columns", "decision", "certain"), ROWS)
def test_a_certain_suggestion_can_be_carried_out(kind, columns, decision, certain):
    if certain:
        assert (kind, decision) in TABLE
        assert isinstance(decide(evidence(kind, **columns), Decision(decision), {}), Plan)


@pytest.mark.parametrize("kind", [CaseKind.ASK_SITE, CaseKind.ERASE_REQUEST])
def test_no_rule_speaks_for_a_doctor_or_erases(kind):
    assert suggest(evidence(kind, incoming=incoming(), roster=roster())) is None


def test_names_just_below_the_bound_are_not_alike():
    near = evidence(CaseKind.ROSTER_NAME, roster=roster("SITI AMALIA"))
    assert near.likeness("on_file", "roster") >= LIKENESS_MIN
    assert suggest(near).reason.key == "why_name_mistyped"
    far = evidence(CaseKind.ROSTER_NAME, roster=roster("SRI MARYAM"))
    assert far.likeness("on_file", "roster") < LIKENESS_MIN
    assert suggest(far).reason.key == "why_nothing_tells"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Siti Aminah", "Siti Aminah Hasanah", True),
        ("Siti A.", "Siti Aminah", True),
        ("Aminah", "Siti Aminah", True),
        ("S. Aminah", "Siti Aminah", True),
        ("Siti Aminah", "Siti Aisyah", False),
        ("Ani", "Ani Lestari", False),
        ("S. A.", "Siti Aminah", False),
        ("Siti B.", "Siti Aminah", False),
        ("Siti A. A.", "Siti Aminah", False),
    ],
)
def test_a_name_is_part_of_another_by_whole_words_and_initials(one, other, expected):
    assert part_of(one, other) is expected
