"""What is certain needs no official, and who answers comes back, on both databases."""

from datetime import timedelta

import pytest

from core.cases.sweep import ANSWER_DAYS_MAX, BATCH_MAX, RULE, SETTLE_SECONDS, CaseSweep
from tests.contract.test_record_stores import NIK, NOW
from tests.fixtures.case_desk import HER_NAME, HERS, HIS, HIS_NAME, LATER, MAIL, CaseDesk


@pytest.fixture
def desk(database):
    return CaseDesk(database)


async def sweep(desk, at=LATER, holder="a"):
    return await CaseSweep(desk.database, desk.cases, holder).sweep(now=at)


async def hers_on_the_roster(desk):
    await desk.register(HIS, HIS_NAME)
    await desk.register()
    await desk.list()
    return await desk.only(kind="name_conflict")


async def test_a_nik_taken_by_another_ends_with_whom_the_roster_names(desk):
    shown = await hers_on_the_roster(desk)
    await sweep(desk)
    assert [(row[1], row[3], row[4]) for row in await desk.records()] == [
        (HIS_NAME, "superseded", "superseded"),
        (HER_NAME, "held", "verified"),
    ]
    case = await desk.case(shown.case.id)
    assert (case.status, case.decided_by, case.decision) == ("decided", RULE, "hand_over")
    assert {row[0] for row in await desk.all("SELECT operator FROM audit")} == {RULE}
    assert await desk.waiting() == []


async def test_a_rule_is_undone_like_an_official_and_does_not_insist(desk):
    shown = await hers_on_the_roster(desk)
    await sweep(desk)
    await desk.undo(shown)
    await sweep(desk, LATER + timedelta(minutes=5))
    assert (await desk.case(shown.case.id)).status == "undone"
    await desk.cases.take(shown.case.id, who="dewi", at=LATER)
    await desk.cases.release(shown.case.id, who="dewi", at=LATER)
    await sweep(desk, LATER + timedelta(minutes=5))
    assert (await desk.case(shown.case.id)).status == "open"


async def test_what_is_not_certain_waits(desk):
    await desk.register(HIS, HIS_NAME)
    await desk.register()
    await sweep(desk)
    assert len(await desk.waiting()) == 1


async def test_no_rule_tells_whoever_nobody_vouches_for_that_a_nik_is_on_file(desk):
    await desk.register()
    await desk.list()
    await desk.register(MAIL, HIS_NAME)
    await sweep(desk)
    assert await desk.texts() == []
    shown = await desk.only()
    assert (shown.suggestion.decision, shown.suggestion.certain) == ("refuse", False)


async def test_what_an_official_has_taken_is_the_officials(desk):
    shown = await hers_on_the_roster(desk)
    await desk.cases.take(shown.case.id, who="dewi", at=LATER)
    await sweep(desk)
    assert (await desk.case(shown.case.id)).status == "taken"


async def test_what_just_came_is_left_alone_for_a_minute(desk):
    await hers_on_the_roster(desk)
    young = NOW + timedelta(seconds=2 + SETTLE_SECONDS)
    await sweep(desk, young - timedelta(microseconds=1))
    assert len(await desk.waiting()) == 1
    await sweep(desk, young)
    assert await desk.waiting() == []


async def test_one_process_sweeps_at_a_time(desk):
    await hers_on_the_roster(desk)
    await desk.run(
        "INSERT INTO leases (name, until, holder) VALUES ('cases', '2099-01-01', 'another')"
    )
    assert not await sweep(desk)
    assert len(await desk.waiting()) == 1


async def test_a_round_goes_on_where_the_last_batch_ended(desk):
    rows = """
        INSERT INTO cases (key, campaign, kind, opened_at, updated_at)
        VALUES (:key, 'test', 'mixed_letter', :at, :at)
    """
    for place in range(BATCH_MAX):
        await desk.run(rows, key=f"k{place}", at=f"2021-01-01T00:{place:02}")
    await hers_on_the_roster(desk)
    rounds = CaseSweep(desk.database, desk.cases, "a")
    assert await rounds.sweep(now=LATER)
    assert not await rounds.sweep(now=LATER)
    assert len(await desk.waiting()) == BATCH_MAX
    assert await rounds.sweep(now=LATER)  # the next round begins at the oldest


async def asked(desk):
    await desk.register(HIS, HIS_NAME)
    await desk.register()
    shown = await desk.only()
    await desk.decide(shown, "ask", ask="nik")
    return shown


async def test_who_answers_is_back_in_the_queue(desk):
    shown = await asked(desk)
    await sweep(desk)
    assert (await desk.case(shown.case.id)).status == "waiting_for_person"
    after = LATER + timedelta(minutes=1)
    await desk.register(HERS, HER_NAME, nik=f"{NIK[:-4]}0900", received_at=after)
    await sweep(desk, after)
    assert (await desk.case(shown.case.id)).status == "open"


async def test_the_word_of_whoever_is_on_file_is_an_answer_too(desk):
    shown = await asked(desk)
    await desk.register(HIS, HIS_NAME, profession="bidan", received_at=LATER + timedelta(hours=1))
    await sweep(desk, LATER + timedelta(hours=2))
    assert (await desk.case(shown.case.id)).status == "open"


async def test_who_never_answers_is_back_after_a_week(desk):
    shown = await asked(desk)
    late = LATER + timedelta(days=ANSWER_DAYS_MAX)
    await sweep(desk, late)
    assert (await desk.case(shown.case.id)).status == "waiting_for_person"
    await sweep(desk, late + timedelta(microseconds=1))
    assert (await desk.case(shown.case.id)).status == "open"


async def test_a_case_that_changed_while_it_was_looked_at_waits_for_the_next_round(desk):
    shown = await hers_on_the_roster(desk)
    wish = desk.wish("hand_over", who=RULE, version=shown.evidence.version)
    await desk.register(HIS, HIS_NAME, profession="bidan")
    done = await desk.cases.decide(shown.case.id, wish)
    assert done.why == "stale"
