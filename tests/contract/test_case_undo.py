"""A decision undone on both databases: the rows as they were, and who was told is told."""

from datetime import timedelta

import pytest

from core.cases.kinds import CaseKind
from core.cases.plans import Refusal
from core.cases.queue import NewCase, open_case
from core.cases.undo import UNDO_HOURS, Undone, forget_old
from tests.contract.test_record_stores import NIK
from tests.fixtures.case_desk import HERS, HIS, HIS_NAME, LATER, MAIL, SLIP, CaseDesk

SENT = "UPDATE outbox SET status = 'sent' WHERE value = :value"
RECORDS = """
    SELECT nik, nik_tail, nik_jumble, full_name, birth_date, profession, phone, standing, status
    FROM records
    WHERE status <> 'withdrawn'
    ORDER BY id
"""
ADDRESSES = """
    SELECT addresses.*
    FROM addresses
    JOIN records ON id = record_id
    WHERE status <> 'withdrawn'
    ORDER BY kind, value
"""
SCREENING = """
    INSERT INTO screenings (key, record_id, version, answers, outcome, until, at)
    VALUES ('s', 1, '1', '{}', 'ask_site', '2021-01-20', '2021-01-20')
"""
FACILITY = """
    INSERT INTO facilities (code, name, regency_code, address) VALUES ('F', 'F', '3204', 'F')
"""
SLOT = """
    INSERT INTO slots (campaign, facility_code, start, dose, capacity, booked)
    VALUES ('test', 'F', '2021-02-01T01:00:00.000000+00:00', 1, 1, 1)
"""
SEAT = """
    INSERT INTO appointments (
        record_id, slot_id, dose, status, code, sequence, booked_by, created_at, updated_at
    )
    VALUES (1, 1, 1, 'booked', 'c', 0, 'b', '2021', '2021')
"""
REMINDER = """
    INSERT INTO outbox (
        key, channel, kind, value, reply, headers, answers_request, status, attempts, due_at,
        created_at, not_before
    )
    VALUES (
        'b/reminder/day', 'sms', 'phone', '+62', '[[],"id"]', '{}', 0, 'queued', 0, '2021',
        '2021', '2021-01-31'
    )
"""


@pytest.fixture
def desk(database):
    return CaseDesk(database)


async def conflict(desk):
    await desk.register(HIS, HIS_NAME)
    await desk.register()
    return await desk.only()


async def everything(desk):
    """Return all rows that a decision may change, but for versions and times."""
    return [
        await desk.all(RECORDS),
        await desk.all(ADDRESSES),
        await desk.all("SELECT id, record_id, outcome, number FROM intents ORDER BY id"),
        await desk.all("SELECT id, status FROM appointments ORDER BY id"),
        await desk.all("SELECT id, booked FROM slots ORDER BY id"),
        await desk.all("SELECT id, outcome FROM screenings ORDER BY id"),
    ]


@pytest.mark.parametrize("decision", ["keep", "take_new", "hand_over", "refuse"])
async def test_all_rows_are_as_they_were(desk, decision):
    shown = await conflict(desk)
    before = await everything(desk)
    done = await desk.decide(shown, decision)
    assert done.case.status == "decided"
    undone = await desk.undo(shown)
    assert isinstance(undone, Undone)
    assert await everything(desk) == before
    assert (await desk.case(shown.case.id)).status == "undone"
    assert [one.case.id for one in await desk.waiting(status="undone")] == [shown.case.id]


async def test_a_moved_nik_moves_back(desk):
    await desk.register()
    await desk.register(nik=SLIP)
    before = await everything(desk)
    shown = await desk.only()
    await desk.decide(shown, "move_nik")
    await desk.undo(shown)
    assert await everything(desk) == before


@pytest.mark.parametrize("who", [HERS, MAIL])
async def test_a_record_that_was_made_or_held_stands_aside_again(desk, who):
    await desk.register(HIS, HIS_NAME)
    await desk.register(who)
    shown = await desk.only()
    before = await everything(desk)
    await desk.decide(shown, "hand_over")
    await desk.undo(shown)
    assert await everything(desk) == before


async def test_versions_only_grow(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "take_new")
    [(decided,)] = await desk.all("SELECT version FROM records")
    await desk.undo(shown)
    [(undone,)] = await desk.all("SELECT version FROM records")
    assert undone > decided
    assert (await desk.only()).evidence.version > shown.evidence.version


async def test_a_message_that_was_not_sent_never_is(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "hand_over")
    await desk.undo(shown)
    assert {status for *_, status in await desk.texts()} == {"withdrawn"}


async def test_who_was_told_already_is_told_that_it_was_wrong(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "hand_over")
    await desk.run(SENT, value=HIS.value)
    undone = await desk.undo(shown)
    assert [one.address for one in undone.messages] == [HIS]
    assert (HIS.value, "case_undone", "queued") in await desk.texts()
    assert (HERS.value, "case_undone", "queued") not in await desk.texts()


async def test_a_message_that_may_have_been_sent_counts_as_sent(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "refuse")
    await desk.run("UPDATE outbox SET attempts = 1")
    assert len((await desk.undo(shown)).messages) == 1


async def test_a_seat_is_taken_again_and_its_reminders_are_sent_after_all(desk):
    shown = await conflict(desk)
    for row in (FACILITY, SLOT, SEAT, REMINDER):
        await desk.run(row)
    before = await everything(desk)
    await desk.decide(shown, "hand_over")
    assert await desk.all("SELECT booked FROM slots") == [(0,)]
    reminder = "SELECT status FROM outbox WHERE key = 'b/reminder/day'"
    assert await desk.all(reminder) == [("withdrawn",)]
    await desk.undo(shown)
    assert await everything(desk) == before
    assert await desk.all(reminder) == [("queued",)]


async def test_a_seat_that_another_has_taken_is_not_taken_back(desk):
    shown = await conflict(desk)
    for row in (FACILITY, SLOT, SEAT):
        await desk.run(row)
    await desk.decide(shown, "hand_over")
    await desk.run("UPDATE slots SET booked = capacity")
    decided = await everything(desk)
    assert await desk.undo(shown) == Refusal(why="seat_gone")
    assert await everything(desk) == decided
    assert (await desk.case(shown.case.id)).status == "decided"


CHANGES = {
    "name": "UPDATE records SET full_name = 'Siti Zubaidah' WHERE id = 1",
    "phone": "UPDATE records SET phone = '+6281200000000' WHERE id = 1",
    "address": "DELETE FROM addresses WHERE record_id = 1",
    "proof": "UPDATE addresses SET verified = 0 WHERE record_id = 1",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_later_change_is_not_lost(desk, change):
    shown = await conflict(desk)
    await desk.decide(shown, "take_new")
    await desk.run(change)
    before = await everything(desk)
    assert await desk.undo(shown) == Refusal(why="changed_since")
    assert await everything(desk) == before


async def test_a_seat_booked_since_is_a_later_change(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "take_new")
    for row in (FACILITY, SLOT, SEAT):
        await desk.run(row)
    assert await desk.undo(shown) == Refusal(why="changed_since")


async def test_a_verdict_of_the_registry_is_no_later_change(desk):
    shown = await conflict(desk)
    before = await everything(desk)
    await desk.decide(shown, "take_new")
    await desk.run("UPDATE records SET status = 'verified', check_due_at = NULL")
    assert isinstance(await desk.undo(shown), Undone)
    assert await everything(desk) == before
    [(due,)] = await desk.all("SELECT check_due_at FROM records")
    assert due is not None


async def test_a_case_of_the_same_that_waits_again_is_a_later_change(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "refuse")
    await desk.register()
    assert await desk.undo(shown) == Refusal(why="changed_since")


async def test_a_day_is_the_bound(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "refuse")
    late = LATER + timedelta(hours=UNDO_HOURS)
    assert await desk.undo(shown, at=late) == Refusal(why="too_late")
    almost = late - timedelta(microseconds=1)
    assert isinstance(await desk.undo(shown, at=almost), Undone)


async def test_what_undoes_is_forgotten_after_a_day(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "refuse")

    async def forget(at):
        before = at - timedelta(hours=UNDO_HOURS)
        return await desk.database.write(lambda use: forget_old(use, before=before, limit=10))

    assert await forget(LATER + timedelta(hours=UNDO_HOURS)) == 0
    assert await forget(LATER + timedelta(hours=UNDO_HOURS, microseconds=1)) == 1
    assert await desk.all("SELECT undo FROM cases") == [("",)]
    assert await desk.undo(shown) == Refusal(why="not_decided")


async def test_undoing_twice_undoes_once(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "hand_over")
    await desk.undo(shown)
    before = await everything(desk)
    assert isinstance(await desk.undo(shown), Undone)
    assert await everything(desk) == before
    undone = "SELECT number FROM audit WHERE action LIKE 'case undo %'"
    assert len(await desk.all(undone)) == 2  # one for each record


async def test_what_is_undone_can_be_decided_again(desk):
    shown = await conflict(desk)
    await desk.decide(shown, "hand_over")
    await desk.undo(shown)
    await desk.decide(await desk.only(), "refuse", key="k2")
    assert (await desk.texts())[-1] == (HERS.value, "case_refused", "queued")


async def test_nothing_undoes_a_case_that_is_open_or_that_the_registry_closed(desk):
    shown = await conflict(desk)
    assert await desk.undo(shown) == Refusal(why="not_decided")
    await desk.run("UPDATE cases SET status = 'decided', decided_by = 'registry'")
    assert await desk.undo(shown) == Refusal(why="not_decided")
    assert await desk.cases.undo(99, None) is None


async def test_a_doctors_word_is_taken_back(desk):
    await desk.register()
    await desk.run(SCREENING)
    shown = await desk.only()
    before = await everything(desk)
    await desk.decide(shown, "accept")
    assert (await desk.all("SELECT outcome FROM screenings ORDER BY id"))[-1] == ("proceed",)
    await desk.undo(shown)
    assert await everything(desk) == before


async def test_a_doctors_word_lifts_no_answer_that_came_after(desk):
    await desk.register()
    await desk.run(SCREENING)
    shown = await desk.only()
    await desk.run(SCREENING.replace("'s'", "'t'").replace("ask_site", "refuse"))
    assert await desk.decide(shown, "accept") == Refusal(why="no_record")
    assert len(await desk.all("SELECT id FROM screenings")) == 2


async def test_a_phone_that_was_moved_is_moved_back(desk):
    await desk.register()
    lost = NewCase(CaseKind.LOST_PHONE, "lost", "test", NIK, 1, HIS)
    await desk.database.write(lambda use: open_case(use, lost, LATER))
    shown, before = await desk.only(), await everything(desk)
    await desk.decide(shown, "accept")
    await desk.undo(shown)
    assert await everything(desk) == before
