"""Every kind with every decision: allowed, with steps and words, or refused with words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.cases.decisions import ASKS, TABLE, decide
from core.cases.kinds import CaseKind, CaseStatus, Decision
from core.cases.messages import messages_of, told
from core.cases.plans import Plan, Refusal, Telling, Words
from core.messages import Address, AddressKind, Channel, Voucher
from tests.contract.test_catalogs import KEYS
from tests.fixtures.cases import (
    HERS,
    HIS,
    HIS_NAME,
    OTHER_NUMBER,
    SPARE,
    evidence,
    incoming,
    on_file,
    roster,
)
from tests.scripts import CAMPAIGN, NAME, NIK, NUMBER, WORDING

AT = datetime(2021, 1, 20, 3, 0, tzinfo=UTC)
RIGHT = f"{NIK[:-1]}7"
MAIL = Address(AddressKind.EMAIL, "anybody@mail.example")
CONTESTED = replace(
    incoming(),
    record_id=2,
    number=OTHER_NUMBER,
    standing="contested",
    voucher=Voucher.NOBODY,
    address=MAIL,
)
OTHER = on_file(record_id=3, number=OTHER_NUMBER, address=HIS, proven=(HIS,))
SLIPPED = replace(incoming(), full_name=NAME, nik=RIGHT)
ALL = {"incoming": incoming(), "roster": roster(HIS_NAME)}
COLUMNS = {
    CaseKind.TWIN_NIK: {"incoming": SLIPPED},
    CaseKind.ROSTER_NAME: {"roster": roster(HIS_NAME)},
    CaseKind.NOT_LISTED_APPEAL: {},
    CaseKind.PHONE_DENIED: {},
    CaseKind.ASK_SITE: {},
    CaseKind.ERASE_REQUEST: {},
    CaseKind.TOO_MANY: {"on_file": None, "incoming": incoming()},
}
PARAMS = {"nik": RIGHT, "phone": HIS.value}


def made(kind, decision, params=None, **columns):
    given = {**COLUMNS.get(kind, ALL), **columns}
    return decide(evidence(kind, **given), Decision(decision), params or {})


def steps(plan):
    return [(one.kind.value, one.side, dict(one.values)) for one in plan.steps]


def said(plan):
    return [(one.words, one.side) for one in plan.tells]


@pytest.mark.parametrize("kind", CaseKind)
@pytest.mark.parametrize("decision", Decision)
def test_every_decision_on_every_kind_is_allowed_or_refused_with_words(kind, decision):
    target = OTHER if decision is Decision.MERGE else None
    found = made(kind, decision, PARAMS, target=target)
    allowed = decision is Decision.ASK or (kind, decision) in TABLE
    if isinstance(found, Refusal):
        assert not allowed or found.why in ("erase_by_two", "number_needed")
        assert f"cannot_{found.why}" in {*KEYS}
    else:
        assert allowed
        assert {one.words.value for one in found.tells} <= {*KEYS}


def test_the_same_person_keeps_the_record_and_its_new_phone_belongs_to_it():
    plan = made(CaseKind.NAME_CONFLICT, "keep")
    assert steps(plan) == [("link", "on_file", {})]
    assert said(plan) == [(Words.KEPT, "incoming")]


def test_an_address_that_is_proven_already_is_not_linked_again():
    plan = made(CaseKind.NAME_CONFLICT, "keep", incoming=replace(incoming(), address=HERS))
    assert steps(plan) == []


def test_a_mailbox_is_never_linked():
    plan = made(CaseKind.NAME_CONFLICT, "keep", incoming=CONTESTED)
    assert steps(plan) == [("supersede", "incoming", {})]


def test_the_new_words_of_the_same_person_are_taken():
    plan = made(CaseKind.NAME_CONFLICT, "take_new")
    assert steps(plan) == [
        ("correct", "on_file", {"full_name": HIS_NAME, "phone": HIS.value}),
        ("link", "on_file", {}),
        ("settle", "on_file", {"status": "verified"}),
    ]
    assert said(plan) == [(Words.CORRECTED, "incoming"), (Words.CORRECTED, "on_file")]


def test_the_phone_that_nobody_vouches_for_is_not_taken():
    plan = made(CaseKind.NAME_CONFLICT, "take_new", incoming=CONTESTED, roster=None)
    assert steps(plan) == [
        ("supersede", "incoming", {}),
        ("correct", "on_file", {"full_name": HIS_NAME}),
    ]


def test_the_nik_is_handed_over_and_the_old_claimant_is_told():
    plan = made(CaseKind.NAME_CONFLICT, "hand_over")
    assert steps(plan) == [("supersede", "on_file", {}), ("register", "new", {})]
    assert said(plan) == [(Words.REGISTERED, "incoming"), (Words.YIELDED, "on_file")]
    assert plan.tells[0].facts == {"number": SPARE}


def test_a_contested_record_that_gets_the_nik_keeps_its_number():
    plan = made(CaseKind.NAME_CONFLICT, "hand_over", incoming=CONTESTED)
    assert [one[:2] for one in steps(plan)] == [
        ("supersede", "on_file"),
        ("hold", "incoming"),
        ("settle", "incoming"),
    ]
    assert plan.tells[0].facts == {"number": OTHER_NUMBER}


@pytest.mark.parametrize("decision", ["hand_over", "move_nik"])
def test_the_old_claimant_can_move_to_the_right_nik(decision):
    plan = made(CaseKind.NAME_CONFLICT, decision, {"nik": RIGHT})
    assert steps(plan) == [("move_nik", "on_file", {"nik": RIGHT}), ("register", "new", {})]
    assert said(plan) == [(Words.REGISTERED, "incoming"), (Words.NIK_MOVED, "on_file")]
    assert plan.tells[1].facts == {"number": NUMBER, "nik_end": RIGHT[-4:]}


def test_a_nik_that_another_holds_is_no_place_to_move_to():
    taken = {"target": OTHER}
    assert made(CaseKind.ROSTER_NAME, "move_nik", {"nik": RIGHT}, **taken) == Refusal(
        why="nik_taken"
    )
    assert made(CaseKind.ROSTER_NAME, "move_nik", {}) == Refusal(why="nik_needed")
    assert made(CaseKind.ROSTER_NAME, "move_nik", {"nik": NIK}) == Refusal(why="nik_needed")


def test_who_is_refused_hears_that_the_nik_is_anothers_and_nothing_of_whose():
    plan = made(CaseKind.NAME_CONFLICT, "refuse")
    assert (steps(plan), said(plan)) == ([], [(Words.REFUSED, "incoming")])
    assert plan.tells[0].facts == {"nik_end": NIK[-4:]}


def test_a_contested_record_that_is_refused_yields_for_good():
    plan = made(CaseKind.NAME_CONFLICT, "refuse", incoming=CONTESTED)
    assert steps(plan) == [("supersede", "incoming", {})]
    assert plan.tells[0].facts == {"number": OTHER_NUMBER}


def test_two_records_become_one_and_either_may_stay():
    plan = made(CaseKind.NAME_CONFLICT, "merge", incoming=CONTESTED)
    assert steps(plan) == [("merge", "on_file", {"gone": "incoming", "fields": ""})]
    turned = made(
        CaseKind.NAME_CONFLICT,
        "merge",
        {"keeps": OTHER_NUMBER, "fields": "phone"},
        incoming=CONTESTED,
    )
    assert steps(turned) == [("merge", "incoming", {"gone": "on_file", "fields": "phone"})]
    assert turned.tells[0].facts == {"number": OTHER_NUMBER, "gone": NUMBER}


def test_a_merger_names_two_records():
    assert made(CaseKind.TWIN_NIK, "merge") == Refusal(why="number_needed")
    assert made(CaseKind.TWIN_NIK, "merge", target=on_file()) == Refusal(why="same_record")
    wrong = made(CaseKind.TWIN_NIK, "merge", {"keeps": "0000-0000"}, target=OTHER)
    assert wrong == Refusal(why="number_needed")
    assert isinstance(made(CaseKind.TWIN_NIK, "merge", target=OTHER), Plan)


def test_a_mistyped_nik_moves_to_the_new_one_and_the_number_stays():
    plan = made(CaseKind.TWIN_NIK, "move_nik", roster=replace(roster(), nik=RIGHT))
    assert [one[:2] for one in steps(plan)] == [
        ("move_nik", "on_file"),
        ("link", "on_file"),
        ("settle", "on_file"),
    ]
    assert plan.steps[0].values == {"nik": RIGHT}
    assert plan.tells[0].facts == {"number": NUMBER, "nik_end": RIGHT[-4:]}


def test_twins_are_two_people():
    plan = made(CaseKind.TWIN_NIK, "accept")
    assert (steps(plan), said(plan)) == (
        [("register", "new", {})],
        [(Words.REGISTERED, "incoming")],
    )


def test_a_nik_is_not_registered_twice():
    found = made(CaseKind.TOO_MANY, "accept", on_file=on_file(), incoming=incoming())
    assert found == Refusal(why="nik_taken")


def test_a_name_that_the_roster_has_otherwise_is_kept_or_taken_from_it():
    verified = [("settle", "on_file", {"status": "verified"})]
    assert steps(made(CaseKind.ROSTER_NAME, "keep")) == verified
    corrected = ("correct", "on_file", {"full_name": HIS_NAME})
    assert steps(made(CaseKind.ROSTER_NAME, "take_new")) == [corrected, *verified]
    assert made(CaseKind.ROSTER_NAME, "take_new", roster=None) == Refusal(why="not_on_roster")


def test_a_letter_is_believed_for_the_record_of_the_case_or_the_one_it_names():
    plan = made(CaseKind.NOT_LISTED_APPEAL, "accept")
    assert (steps(plan)[0][1], said(plan)) == ("on_file", [(Words.VERIFIED, "on_file")])
    letter = {"on_file": None, "incoming": replace(incoming(), address=MAIL)}
    assert made(CaseKind.MIXED_LETTER, "accept", **letter) == Refusal(why="number_needed")
    named = made(CaseKind.MIXED_LETTER, "accept", **letter, target=OTHER)
    assert (steps(named)[0][1], said(named)) == ("target", [(Words.VERIFIED, "target")])


def test_a_lost_phone_gives_way_to_the_one_that_asks_or_the_one_named():
    asks = made(CaseKind.LOST_PHONE, "accept")
    assert steps(asks) == [("move_phone", "on_file", {"phone": HIS.value})]
    assert asks.tells[0].facts["to"] == HIS.value
    named = made(CaseKind.LOST_PHONE, "accept", {"phone": "+628111"})
    assert steps(named) == [("move_phone", "on_file", {"phone": "+628111"})]
    assert made(CaseKind.PHONE_DENIED, "accept") == Refusal(why="phone_needed")


def test_the_phone_that_is_said_to_be_lost_is_told_too():
    plan = made(CaseKind.LOST_PHONE, "accept")
    messages = messages_of(evidence(CaseKind.LOST_PHONE, **ALL), plan, key="k", at=AT)
    said = [(one.message.address, one.message.reply.prompts[0].key) for one in messages]
    assert said == [(HIS, Words.LINKED), (HERS, Words.UNLINKED)]
    for column in (on_file(phone=""), on_file(phone=HIS.value)):
        alone = made(CaseKind.LOST_PHONE, "accept", on_file=column)
        assert [one.words for one in alone.tells] == [Words.LINKED]


def test_an_erasure_is_no_decision_of_one_official():
    assert made(CaseKind.ERASE_REQUEST, "accept") == Refusal(why="erase_by_two")


@pytest.mark.parametrize("template", ASKS)
def test_whoever_came_last_is_asked_by_a_template_that_names_the_case(template):
    plan = made(CaseKind.NAME_CONFLICT, "ask", {"ask": template})
    assert (plan.steps, plan.ends) == ((), CaseStatus.WAITING_FOR_PERSON)
    assert said(plan) == [(ASKS[template], "incoming")]
    assert plan.tells[0].facts["case"]
    assert said(made(CaseKind.ROSTER_NAME, "ask", {"ask": template}))[0][1] == "on_file"


def test_nobody_is_asked_at_no_address_nor_in_words_that_are_not_there():
    nobody = made(CaseKind.ASK_SITE, "ask", on_file=on_file(address=None))
    assert nobody == Refusal(why="nobody_to_tell")
    assert made(CaseKind.ASK_SITE, "ask", {"ask": "poem"}) == Refusal(why="unknown_template")


def test_a_missing_column_is_a_refusal_and_no_error():
    for kind in CaseKind:
        for decision in Decision:
            nothing = evidence(kind, on_file=None)
            found = decide(nothing, decision, PARAMS)
            assert isinstance(found, Plan | Refusal)


def outgoing(plan, **columns):
    case = evidence(CaseKind.NAME_CONFLICT, **{**ALL, **columns})
    return [one.message for one in messages_of(case, plan, key="k", at=AT)]


def test_each_person_is_told_by_the_own_channel_word_for_word():
    plan = made(CaseKind.NAME_CONFLICT, "hand_over")
    new, old = outgoing(plan)
    assert (new.channel, new.address, new.key) == (Channel.SMS, HIS, "k/0")
    assert (old.address, old.answers_request, old.quiet) == (HERS, False, "WIB")
    said_to_her = WORDING.text(new.reply, "short")
    assert said_to_her.startswith("Vaksinasi COVID-19: sesudah diperiksa petugas, Anda terdaftar")
    assert said_to_her.endswith(f"nomor {SPARE}. Simpan pesan ini. Bantuan: {CAMPAIGN.hotline}")


def test_one_address_is_told_once():
    plan = made(CaseKind.NAME_CONFLICT, "take_new")
    assert len(outgoing(plan)) == 2
    assert len(outgoing(plan, incoming=replace(incoming(), address=HERS))) == 1


def test_a_mailbox_gets_a_letter_and_a_page_of_ours_nothing():
    [letter] = told(Words.KEPT, CONTESTED, key="k", at=AT)
    assert (letter.channel, letter.unvouched) == (Channel.EMAIL, True)
    page = replace(CONTESTED, address=Address(AddressKind.WEB, "t0ken"))
    assert told(Words.KEPT, page, key="k", at=AT) == ()
    assert outgoing(Plan(tells=(Telling(words=Words.KEPT, side="target"),))) == []


def test_a_new_phone_is_told_at_the_new_phone():
    [message] = told(Words.LINKED, on_file(), key="k", at=AT, facts={"to": HIS.value})
    assert message.address == HIS
    assert "to" not in message.reply.prompts[0].args
