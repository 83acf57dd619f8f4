"""Decisions carried out on both databases: rows, words, audit; once, and by one official."""

import asyncio
from datetime import timedelta

import pytest

from core.appointments.requests import LookUp
from core.cases.carry_out import Decided, Preview
from core.cases.kinds import CaseKind
from core.cases.plans import Refusal
from core.cases.queue import TAKEN_MINUTES, Conflict, NewCase, open_case
from core.database.audit import chain_digest
from tests.contract.test_record_stores import NIK
from tests.fixtures.appointments import Appointments
from tests.fixtures.case_desk import (
    HER_NAME,
    HERS,
    HIS,
    HIS_NAME,
    LATER,
    MAIL,
    SLIP,
    CaseDesk,
)
from tests.scripts import WORDING


@pytest.fixture
def desk(database):
    return CaseDesk(database)


async def conflict(desk):
    """Let a stranger hold her NIK, and her come after; the roster is imported later."""
    his = (await desk.register(HIS, HIS_NAME)).number
    await desk.register()
    await desk.list()
    return his, await desk.only()


async def test_a_nik_is_handed_over_to_whom_the_roster_names(desk):
    his, shown = await conflict(desk)
    assert (shown.suggestion.decision, shown.suggestion.certain) == ("hand_over", True)
    done = await desk.decide(shown, "hand_over", version=shown.evidence.version)
    assert isinstance(done, Decided)
    spare = shown.evidence.spare
    assert await desk.records() == [
        (his, HIS_NAME, NIK, "superseded", "superseded"),
        (spare, HER_NAME, NIK, "held", "verified"),
    ]
    assert await desk.texts() == [
        (HERS.value, "case_registered", "queued"),
        (HIS.value, "case_yielded", "queued"),
    ]
    assert await desk.all("SELECT kind, value, verified FROM addresses WHERE record_id = 2") == [
        ("phone", HERS.value, 1)
    ]
    assert await desk.all("SELECT outcome, number, record_id FROM intents ORDER BY id") == [
        ("registered", his, 1),
        ("registered", spare, 2),
    ]


async def test_nothing_waits_after_a_decision_not_even_who_yielded(desk):
    _, shown = await conflict(desk)
    done = await desk.decide(shown, "hand_over")
    assert (done.case.status, done.case.decided_by, done.case.reason) == (
        "decided",
        "dewi",
        "she called",
    )
    assert await desk.waiting() == []


async def test_what_is_shown_before_is_what_is_sent(desk):
    _, shown = await conflict(desk)
    seen = await desk.preview(shown, "hand_over")
    assert isinstance(seen, Preview)
    before = await desk.records()
    assert await desk.texts() == []
    done = await desk.decide(shown, "hand_over")
    assert [one.message for one in done.messages] == [one.message for one in seen.messages]
    rows = await desk.all("SELECT reply FROM outbox WHERE key LIKE 'case/%' ORDER BY id")
    said = [WORDING.text(one.message.reply, "short") for one in seen.messages]
    assert len(rows) == len(said) == 2
    assert shown.evidence.spare in said[0]
    assert len(before) == 1


async def test_the_audit_says_who_decided_what_and_why(desk):
    his, shown = await conflict(desk)
    await desk.decide(shown, "hand_over")
    rows = await desk.all("SELECT at, action, operator, number, why, sealed, digest FROM audit")
    assert [row[1:5] for row in rows] == [
        (f"case hand_over {shown.case.number}", "dewi", number, "she called")
        for number in (his, shown.evidence.spare)
    ]
    before = ""
    for at, action, operator, _, _, sealed, digest in rows:
        assert digest == chain_digest(
            before, at=at, action=action, operator=operator, sealed=sealed
        )
        before = digest


async def test_a_decision_on_what_has_changed_since_is_refused(desk):
    _, shown = await conflict(desk)
    await desk.register(HIS, HIS_NAME, profession="bidan")
    before = await desk.records()
    stale = await desk.decide(shown, "hand_over", version=shown.evidence.version)
    assert isinstance(stale, Conflict)
    assert stale.why == "stale"
    assert await desk.records() == before
    assert await desk.texts() == []
    again = await desk.only()
    assert isinstance(
        await desk.decide(again, "hand_over", version=again.evidence.version), Decided
    )


async def test_the_same_call_decides_once(desk):
    _, shown = await conflict(desk)
    for _ in range(2):
        done = await desk.decide(shown, "hand_over", version=shown.evidence.version)
        assert isinstance(done, Decided)
    assert len(await desk.texts()) == len(await desk.records()) == 2
    other = await desk.decide(shown, "refuse", key="k2")
    assert isinstance(other, Conflict)
    assert (other.why, other.case.decision) == ("decided", "hand_over")


async def test_of_two_officials_at_once_one_decides(desk):
    _, shown = await conflict(desk)
    done = await asyncio.gather(
        desk.decide(shown, "hand_over", who="dewi", key="a"),
        desk.decide(shown, "refuse", who="rudi", key="b"),
    )
    assert sorted(type(one).__name__ for one in done) == ["Conflict", "Decided"]
    assert len(await desk.all("SELECT id FROM audit")) in (1, 2)


async def test_a_case_that_a_colleague_has_taken_is_decided_by_the_colleague(desk):
    _, shown = await conflict(desk)
    await desk.cases.take(shown.case.id, who="rudi", at=LATER)
    refused = await desk.decide(shown, "hand_over", who="dewi")
    assert isinstance(refused, Conflict)
    assert (refused.why, refused.case.taken_by) == ("taken", "rudi")
    assert isinstance(await desk.preview(shown, "hand_over", who="dewi"), Conflict)
    assert isinstance(await desk.decide(shown, "hand_over", who="rudi"), Decided)


async def test_a_lock_ends_by_itself(desk):
    _, shown = await conflict(desk)
    await desk.cases.take(shown.case.id, who="rudi", at=LATER)
    late = LATER + timedelta(minutes=TAKEN_MINUTES)
    assert isinstance(await desk.decide(shown, "hand_over", who="dewi", at=late), Decided)


async def test_the_same_person_keeps_the_record_and_the_new_phone_is_hers(desk):
    number = (await desk.register()).number
    await desk.register(HIS, "Ny. Hasan")
    done = await desk.decide(await desk.only(), "keep")
    assert isinstance(done, Decided)
    assert await desk.records() == [(number, HER_NAME, NIK, "held", "received")]
    assert await desk.texts() == [(HIS.value, "case_kept", "queued")]
    linked = await desk.all("SELECT value, verified FROM addresses ORDER BY value")
    assert linked == [(HERS.value, 1), (HIS.value, 1)]


async def test_the_new_words_of_the_same_person_are_taken(desk):
    number = (await desk.register()).number
    await desk.register(HIS, "Siti Hasanah", profession="bidan")
    await desk.decide(await desk.only(), "take_new")
    assert await desk.records() == [(number, "Siti Hasanah", NIK, "held", "received")]
    found = await desk.all("SELECT profession, phone FROM records")
    assert found == [("bidan", HIS.value)]
    assert {text for _, text, _ in await desk.texts()} == {"case_corrected"}


async def test_who_is_refused_is_told_and_nothing_changes(desk):
    await desk.register()
    before = await desk.records()
    await desk.register(HIS, HIS_NAME)
    await desk.decide(await desk.only(), "refuse")
    assert await desk.records() == before
    assert await desk.texts() == [(HIS.value, "case_refused", "queued")]


async def test_a_mistyped_nik_is_moved_and_the_number_stays(desk):
    number = (await desk.register()).number
    await desk.list(nik=SLIP)
    await desk.register(name=HER_NAME, nik=NIK[:-1] + "2")
    shown = await desk.only()
    assert shown.case.kind == "twin_nik"
    await desk.decide(shown, "move_nik", nik=SLIP)
    assert await desk.records() == [(number, HER_NAME, SLIP, "held", "received")]
    assert {text for _, text, _ in await desk.texts()} == {"case_nik_moved"}


async def test_twins_are_registered_both(desk):
    await desk.register()
    await desk.register(nik=SLIP)
    await desk.decide(await desk.only(), "accept")
    assert [row[2] for row in await desk.records()] == [NIK, SLIP]


async def test_a_nik_that_is_taken_meanwhile_is_a_refusal_and_nothing_is_kept(desk):
    await desk.register()
    await desk.register(HIS, HIS_NAME, nik=f"{NIK[:-4]}0900")
    await desk.register(nik=SLIP)
    refused = await desk.decide(await desk.only(), "move_nik", nik=f"{NIK[:-4]}0900")
    assert refused == Refusal(why="nik_taken")
    assert await desk.texts() == []


@pytest.mark.parametrize(("decision", "name"), [("keep", HIS_NAME), ("take_new", HER_NAME)])
async def test_a_name_unlike_the_rosters_is_kept_or_taken_from_it(desk, decision, name):
    await desk.list()
    number = (await desk.register(name=HIS_NAME)).number
    shown = await desk.only()
    assert shown.case.kind == "roster_name"
    done = await desk.decide(shown, decision)
    assert await desk.records() == [(number, name, NIK, "held", "verified")]
    assert done.case.decided_by == "dewi"
    assert await desk.texts() == [(HERS.value, "verification_verified", "queued")]
    assert await desk.waiting() == []


async def test_a_contested_record_gets_the_nik_and_keeps_its_number(desk):
    his = (await desk.register(HIS, HIS_NAME)).number
    hers = (await desk.register(MAIL)).number
    await desk.list()
    await desk.decide(await desk.only(), "hand_over")
    assert await desk.records() == [
        (his, HIS_NAME, NIK, "superseded", "superseded"),
        (hers, HER_NAME, NIK, "held", "verified"),
    ]
    assert await desk.waiting() == []


async def test_a_contested_record_that_is_refused_waits_no_longer(desk):
    await desk.register()
    aside = (await desk.register(MAIL, HIS_NAME)).number
    await desk.decide(await desk.only(), "refuse")
    assert (await desk.records())[1] == (aside, HIS_NAME, NIK, "superseded", "superseded")
    assert await desk.waiting() == []
    assert await desk.texts() == [(MAIL.value, "case_yielded", "queued")]


async def test_who_yielded_can_come_back(desk):
    first = (await desk.register(MAIL, HIS_NAME)).number
    await desk.register()
    shown = await desk.only()
    assert shown.suggestion.reason.key == "why_yielded"
    await desk.decide(shown, "hand_over")
    assert [(row[0] == first, row[3]) for row in await desk.records()] == [
        (True, "held"),
        (False, "superseded"),
    ]


async def test_a_lost_phone_gives_way_to_the_new_one(desk):
    number = (await desk.register()).number
    lost = NewCase(CaseKind.LOST_PHONE, "lost", "test", NIK, 1, HIS)
    await desk.database.write(lambda use: open_case(use, lost, LATER))
    await desk.decide(await desk.only(), "accept")
    assert await desk.all("SELECT number, phone FROM records") == [(number, HIS.value)]
    assert await desk.all("SELECT value FROM addresses") == [(HIS.value,)]
    assert await desk.texts() == [
        (HIS.value, "case_linked", "queued"),
        (HERS.value, "case_unlinked", "queued"),
    ]


async def wished(desk, field, value, kind):
    """Let her registration be verified, and her wish for another name or NIK wait."""
    await desk.list()
    number = (await desk.register()).number
    detail = {"field": field, "value": value}
    wish = NewCase(kind, f"correction:1:{field}", "test", NIK, 1, HERS, detail)
    await desk.database.write(lambda use: open_case(use, wish, LATER))
    return number, await desk.only()


async def test_a_wish_for_another_name_is_seen_and_a_refusal_leaves_the_registration(desk):
    number, shown = await wished(desk, "full_name", HIS_NAME, CaseKind.NAME_CONFLICT)
    assert shown.evidence.incoming.full_name == HIS_NAME
    await desk.decide(shown, "refuse")
    assert await desk.records() == [(number, HER_NAME, NIK, "held", "verified")]
    assert await desk.texts() == [(HERS.value, "case_kept", "queued")]


async def test_a_wish_for_another_name_is_granted(desk):
    number, shown = await wished(desk, "full_name", HIS_NAME, CaseKind.NAME_CONFLICT)
    await desk.decide(shown, "take_new")
    assert [row[:2] for row in await desk.records()] == [(number, HIS_NAME)]
    assert await desk.texts() == [(HERS.value, "case_corrected", "queued")]


async def test_a_wish_for_another_nik_is_seen_and_granted(desk):
    number, shown = await wished(desk, "nik", SLIP, CaseKind.TWIN_NIK)
    assert (shown.evidence.on_file.nik, shown.evidence.incoming.nik) == (NIK, SLIP)
    await desk.decide(shown, "move_nik")
    assert [(row[0], row[2]) for row in await desk.records()] == [(number, SLIP)]
    assert await desk.texts() == [(HERS.value, "case_nik_moved", "queued")]


@pytest.mark.parametrize(
    ("kind", "field", "value", "decision"),
    [
        (CaseKind.NAME_CONFLICT, "full_name", HIS_NAME, "hand_over"),
        (CaseKind.NAME_CONFLICT, "full_name", HIS_NAME, "move_nik"),
        (CaseKind.TWIN_NIK, "nik", SLIP, "accept"),
    ],
)
async def test_a_wish_makes_no_second_registration(desk, kind, field, value, decision):
    number, shown = await wished(desk, field, value, kind)
    assert await desk.decide(shown, decision) == Refusal(why="nothing_incoming")
    assert [(row[0], row[3]) for row in await desk.records()] == [(number, "held")]


async def test_an_appeal_that_is_believed_verifies_the_record(desk):
    await desk.list(HIS_NAME, SLIP)
    await desk.register()
    appeal = NewCase(CaseKind.NOT_LISTED_APPEAL, "appeal", "test", NIK, 1)
    await desk.database.write(lambda use: open_case(use, appeal, LATER))
    assert (await desk.records())[0][4] == "not_listed"
    await desk.decide(await desk.only(), "accept")
    assert (await desk.records())[0][4] == "verified"


async def test_whoever_is_asked_is_waited_for(desk):
    _, shown = await conflict(desk)
    done = await desk.decide(shown, "ask", ask="nik")
    assert (done.case.status, done.case.undo) == ("waiting_for_person", "")
    assert await desk.texts() == [(HERS.value, "case_asked_nik", "queued")]
    assert [one.case.id for one in await desk.waiting(status="waiting_for_person")] == [
        shown.case.id
    ]
    assert isinstance(await desk.decide(await desk.only(), "hand_over", key="k2"), Decided)


async def test_to_ask_is_not_suggested_of_whom_was_asked(desk):
    await desk.register(HIS, HIS_NAME)
    await desk.register()
    shown = await desk.only()
    assert shown.suggestion.decision == "ask"
    await desk.decide(shown, "ask", ask="nik")
    assert [one.suggestion for one in (await desk.only(), *await desk.waiting())] == [None, None]


async def test_a_case_that_is_not_there_is_none(desk):
    assert await desk.cases.decide(99, desk.wish("keep")) is None
    assert await desk.cases.preview(99, desk.wish("keep")) is None


async def test_status_says_no_longer_that_an_officer_checks_once_one_has(desk):
    await desk.register()
    await desk.register(HIS, HIS_NAME)
    asked = LookUp(HIS, "test")
    assert (await Appointments(desk.database).status(asked)).in_review
    await desk.decide(await desk.only(), "refuse")
    assert not (await Appointments(desk.database).status(asked)).in_review
    await desk.register(HIS, HIS_NAME)
    assert (await Appointments(desk.database).status(asked)).in_review
